package io.palimpsest.cli;

import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Score;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code score}: how probable a text is to the model. */
@Command(
        name = "score",
        mixinStandardHelpOptions = true,
        description =
                "Tells how surprising the text in FILE is to the model, as a whole and sentence by sentence. For a model"
                        + " with an autoregressive mode it is that mode's exact likelihood, for others an estimate of a bound"
                        + " on it. Without FILE, or with -, it reads standard input.")
final class ScoreCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "" + Engine.DRAWS,
            description = "How often each part of the text is hidden to estimate a bound (default: ${DEFAULT-VALUE}).")
    private int draws;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "A text file in UTF-8.")
    private Optional<String> file;

    ScoreCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (draws < 1) {
            throw new IllegalArgumentException("--draws must be at least 1; got " + draws);
        }
        String text = file.filter(name -> !name.equals("-"))
                .map(ScoreCommand::read)
                .orElseGet(() -> PromptInput.read(Optional.empty(), "FILE", console));
        try (Engine engine = Models.open(common)) {
            Score score = engine.score(text, draws, common.seed().orElse(0));
            if (common.json()) {
                JsonOutput.print(json(score), console.out());
            } else {
                print(score);
            }
        }
        return ExitStatus.DONE;
    }

    private static String read(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    "FILE is empty; give a file's name, or leave it out to read standard input");
        }
        try {
            return PromptInput.decode(Files.readAllBytes(Path.of(name)), name);
        } catch (IllegalArgumentException e) {
            throw new UncheckedIOException(e.getMessage(), new CharacterCodingException());
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> json(Score score) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("nats_per_token", score.natsPerToken());
        json.put("perplexity", score.perplexity());
        json.put("tokens", score.tokens());
        json.put("bound", score.bound());
        json.put("spans", score.parts().stream().map(ScoreCommand::json).toList());
        return json;
    }

    private static Map<String, Object> json(Score.Part part) {
        return Map.of("text", part.text(), "tokens", part.tokens(), "nats_per_token", part.natsPerToken());
    }

    private void print(Score score) {
        List<Score.Part> parts = score.parts();
        console.out()
                .printf(
                        Locale.ROOT,
                        "%s%.3f nats a token, perplexity %.2f, %d tokens%n",
                        score.bound() ? "at most about " : "",
                        score.natsPerToken(),
                        score.perplexity(),
                        score.tokens());
        if (parts.size() > 1 && !common.quiet()) {
            parts.forEach(part ->
                    console.out().printf(Locale.ROOT, "%7.3f  %s%n", part.natsPerToken(), oneLine(part.text())));
        }
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
