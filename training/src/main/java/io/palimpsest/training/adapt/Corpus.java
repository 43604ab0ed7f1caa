package io.palimpsest.training.adapt;

import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleFile;
import io.palimpsest.training.data.HoldOut;
import io.palimpsest.training.data.Passages;
import io.palimpsest.training.data.Prompts;
import io.palimpsest.training.data.SelfGeneration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** A recipe's texts as token ids on disk, those to train on apart from those held out. */
final class Corpus {

    private static final int CHARACTERS_A_TOKEN = 5;

    /** A passage's first tokens are context: nothing could predict them. */
    private static final int PASSAGE_START = 8;

    private static final int FEWEST_TOKENS = 2 * PASSAGE_START;

    private final Recipe recipe;
    private final Path folder;
    private final Path text;
    private final HoldOut holdOut;
    private final Consumer<String> progress;

    Corpus(Recipe recipe, Path folder, Path text, Consumer<String> progress) {
        this.recipe = recipe;
        this.folder = folder;
        this.text = text;
        this.holdOut = new HoldOut(recipe.heldOut());
        this.progress = progress;
    }

    /** Examples to train on, and others. */
    record Split(List<Example> training, List<Example> heldOut) {

        void add(boolean isHeldOut, Example example) {
            (isHeldOut ? heldOut : training).add(example);
        }
    }

    /** Writes what is missing. */
    void write(LanguageModel model) {
        try {
            Files.createDirectories(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text + " cannot be made", e);
        }
        writePassages(model.tokenizer());
        writeAnswers(model);
    }

    private void writePassages(Tokenizer tokenizer) {
        Path training = text.resolve("passages.ids");
        Path heldOut = text.resolve("passages-held-out.ids");
        if (Files.exists(training)) {
            return;
        }
        Split split = new Split(new ArrayList<>(), new ArrayList<>());
        for (Recipe.PlainText plain : recipe.plainText()) {
            List<String> all = Passages.read(folder.resolve(plain.file()), plain.tokens() * CHARACTERS_A_TOKEN);
            for (String passage : Passages.spread(all, plain.examples())) {
                int[] ids = tokenizer.encode(passage);
                if (ids.length >= FEWEST_TOKENS) {
                    int[] cut = Arrays.copyOf(ids, Math.min(ids.length, plain.tokens()));
                    split.add(holdOut.isHeldOut(passage), new Example(cut, PASSAGE_START));
                }
            }
        }
        ExampleFile.write(heldOut, split.heldOut);
        ExampleFile.write(training, split.training);
    }

    private void writeAnswers(LanguageModel model) {
        List<String> prompts = Prompts.mixed(
                folder.resolve(recipe.selfText().prompts()),
                recipe.selfText().quotas(),
                recipe.selfText().mostWords(),
                recipe.selfText().templateRounds(),
                Seed.of(recipe.seed()));
        List<String> training =
                prompts.stream().filter(p -> !holdOut.isHeldOut(p)).toList();
        List<String> heldOut = prompts.stream().filter(holdOut::isHeldOut).toList();
        answer(model, heldOut, text.resolve("answers-held-out.jsonl"));
        answer(model, training, text.resolve("answers.jsonl"));
    }

    private void answer(LanguageModel model, List<String> prompts, Path file) {
        Recipe.SelfText s = recipe.selfText();
        SelfGeneration.Settings settings = new SelfGeneration.Settings(
                s.temperatures(), s.topP(), s.answerTokens(), s.batch(), model.stopIds(), recipe.seed());
        new SelfGeneration(body(model), settings, file, progress)
                .run(prompts.stream().map(p -> prompt(model, p)).toList());
    }

    private static Llama body(LanguageModel model) {
        try (Denoiser session = model.network().open()) {
            if (session instanceof GatedLlama.Session llama) {
                return llama.model().body();
            }
        }
        throw new IllegalArgumentException(
                "only a Llama can be adapted: " + model.name() + " has no autoregressive mode to write answers with");
    }

    private static int[] prompt(LanguageModel model, String request) {
        return model.template()
                .map(template -> model.tokenizer().encodeChat(template, List.of(Message.user(request)), true))
                .orElseGet(() -> model.tokenizer().encode(request));
    }

    /** All examples on disk, each cut to {@code longest} tokens. */
    Split examples(int longest) {
        Split split = new Split(new ArrayList<>(), new ArrayList<>());
        split.training.addAll(ExampleFile.read(text.resolve("answers.jsonl"), longest));
        split.training.addAll(ExampleFile.read(text.resolve("passages.ids"), longest));
        split.heldOut.addAll(ExampleFile.read(text.resolve("answers-held-out.jsonl"), longest));
        for (String file : recipe.examples()) {
            for (Example example : ExampleFile.read(folder.resolve(file), longest)) {
                split.add(holdOut.isHeldOut(ExampleFile.line(example)), example);
            }
        }
        return split;
    }

    /** Token ids of {@code count} passages, for calibration. */
    List<int[]> calibrationTexts(ModelFolder model, int count, int tokens) {
        List<String> passages = new ArrayList<>();
        for (Recipe.PlainText plain : recipe.plainText()) {
            passages.addAll(Passages.read(folder.resolve(plain.file()), tokens * CHARACTERS_A_TOKEN));
        }
        if (passages.isEmpty()) {
            throw new IllegalArgumentException(
                    "8-bit scales are found on plain text: list some under plain_text, or no smoothing alphas");
        }
        try (Tokenizer tokenizer = model.tokenizer()) {
            return Passages.spread(passages, count).stream()
                    .map(tokenizer::encode)
                    .filter(ids -> ids.length >= FEWEST_TOKENS)
                    .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, tokens)))
                    .toList();
        }
    }
}
