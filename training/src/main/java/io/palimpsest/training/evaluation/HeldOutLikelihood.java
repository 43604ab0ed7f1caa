package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Score;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.folder.Configuration;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Documents;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.Windows;
import io.palimpsest.training.objective.BlockDiffusion;
import io.palimpsest.training.objective.Loss;
import io.palimpsest.training.objective.MaskedDiffusion;
import io.palimpsest.training.objective.NextToken;
import io.palimpsest.training.objective.Objective;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How probable held-out text is to a model: exactly where it has an autoregressive mode, elsewhere by the upper bound on the
 * negative log-likelihood that its family has. For a diffusion transformer the text is cut into windows as long as the model's
 * texts, and each is read on its own, all its draws in one pass; for other models into passages, each scored as a document.
 *
 * @param kind {@code exact}, or {@code bound} where the likelihood may be higher
 * @param natsPerToken the mean over tokens
 * @param standardError of that mean, over windows and draws
 * @param tokens how many were predicted
 * @param bytes how long the text is
 * @param draws how many noised copies of each window the bound was estimated from
 */
public record HeldOutLikelihood(
        String model, String kind, double natsPerToken, double standardError, long tokens, long bytes, int draws) {

    private static final Set<String> TRANSFORMERS = Set.of("mdlm", "bd3lm", "ar_dit");

    /** Up to 2000 characters, cut at white space where there is any. */
    private static final Pattern PASSAGE = Pattern.compile("(?s)\\S.{0,1998}(?=\\s|$)|\\S{2000}");

    private static final int REPORT_EVERY = 50;

    /** Perplexity a token: comparable only between models of one vocabulary. */
    public double perplexity() {
        return Math.exp(natsPerToken);
    }

    /** Bits a byte of the text: comparable between any two models. */
    public double bitsPerByte() {
        return natsPerToken * tokens / bytes / Math.log(2);
    }

    /** Whether the model in {@code folder} is a diffusion transformer: what train makes from nothing, and what is laid out alike. */
    public static boolean isTransformer(Path folder) {
        Path file = folder.resolve("config.json");
        return Files.exists(file)
                && TRANSFORMERS.contains(
                        Configuration.read(file).json().path("model_type").asText());
    }

    /**
     * Measures any model on the text in {@code file}, cut into passages of a few hundred tokens, each from the beginning of a
     * document on.
     */
    public static HeldOutLikelihood measure(Engine engine, Path file, int draws, long seed, Consumer<String> progress) {
        List<String> passages = passages(file).stream()
                .flatMap(passage -> fitting(engine.model(), passage))
                .toList();
        Tally tally = new Tally();
        for (String passage : passages) {
            tally.add(engine.score(passage, draws, seed + tally.texts));
            if (tally.texts % REPORT_EVERY == 0) {
                progress.accept(tally.progress(passages.size() + " passages"));
            }
        }
        long bytes = passages.stream()
                .mapToLong(p -> p.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        return tally.result(engine.model().name(), tally.bound ? "bound" : "exact", bytes, tally.bound ? draws : 1);
    }

    private static List<String> passages(Path file) {
        List<String> passages = new ArrayList<>();
        Documents.read(
                file,
                (piece, last) ->
                        PASSAGE.matcher(piece).results().map(MatchResult::group).forEach(passages::add));
        if (passages.isEmpty()) {
            throw new IllegalArgumentException(file + " holds no text to measure");
        }
        return passages;
    }

    /** A passage, in halves where the model's context is too small for it. */
    private static Stream<String> fitting(LanguageModel model, String passage) {
        int half = passage.length() / 2;
        return half == 0 || model.tokenizer().encode(passage).length < model.context()
                ? Stream.of(passage)
                : Stream.of(passage.substring(0, half), passage.substring(half)).flatMap(part -> fitting(model, part));
    }

    /**
     * Measures the diffusion transformer in {@code folder} on the text in {@code file}, with so many draws for each window as
     * long as its texts.
     */
    public static HeldOutLikelihood measure(
            Path folder, Path file, int draws, long seed, OptionalInt threads, Consumer<String> progress) {
        threads.ifPresent(Cpu::threads);
        PublishedModel model = PublishedModel.load(folder, Precision.FP32);
        Configuration config = model.config();
        if (!(model.network() instanceof Dit dit)) {
            throw new IllegalArgumentException(
                    folder + " is of type " + config.text("model_type") + ", which is no diffusion transformer");
        }
        boolean exact = config.text("model_type").equals("ar_dit");
        Windowed text = Windowed.read(folder, file, config.integer("model_length", 2, 1 << 20));
        progress.accept(text.windows.size() + " windows");
        Objective objective = objective(dit, config);
        return of(folder, objective, text, exact ? 1 : draws, exact ? "exact" : "bound", Seed.of(seed), progress);
    }

    private static Objective objective(Dit dit, Configuration config) {
        int mask = config.integer("vocab_size", 2, 1 << 24) - 1;
        return switch (config.text("model_type")) {
            case "mdlm" -> MaskedDiffusion.likelihood(dit::logits, mask, NoiseSchedule.linear());
            case "bd3lm" -> BlockDiffusion.likelihood(dit::logits, mask, config.integer("block_size", 1, 1 << 20));
            default -> new NextToken(dit::logits);
        };
    }

    private static HeldOutLikelihood of(
            Path folder,
            Objective objective,
            Windowed text,
            int draws,
            String kind,
            Seed seed,
            Consumer<String> progress) {
        Tally tally = new Tally();
        for (Example window : text.windows) {
            try (Scope memory = Scope.inference()) {
                Loss loss = objective.loss(Collections.nCopies(draws, window), seed.child(tally.texts));
                tally.add(loss.value().item(), window.ids().length - window.start()); // over the window's draws
            }
            if (tally.texts % REPORT_EVERY == 0) {
                progress.accept(tally.progress(text.windows.size() + " windows"));
            }
        }
        return tally.result(String.valueOf(folder.getFileName()), kind, text.bytes, draws);
    }

    /** What has been measured so far. */
    private static final class Tally {
        private double nats;
        private double squares;
        private long tokens;
        private int texts;
        private boolean bound;

        void add(Score score) {
            add(score.natsPerToken(), score.tokens());
            bound |= score.bound();
        }

        void add(double mean, int count) { // nats a token
            nats += mean * count;
            squares += mean * mean * count;
            tokens += count;
            texts++;
        }

        String progress(String all) {
            return String.format(Locale.ROOT, "%d of %s: %.3f nats a token", texts, all, nats / tokens);
        }

        HeldOutLikelihood result(String model, String kind, long bytes, int draws) {
            double mean = nats / tokens;
            double error = Math.sqrt(Math.max(0, squares / tokens - mean * mean) / texts);
            return new HeldOutLikelihood(model, kind, mean, error, tokens, bytes, draws);
        }
    }

    /** The text of a file in windows. */
    private record Windowed(List<Example> windows, long bytes) {

        static Windowed read(Path folder, Path file, int length) {
            List<Example> windows = new ArrayList<>();
            long[] bytes = new long[1];
            try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
                int boundary = tokenizer.id("<|endoftext|>").orElse(0);
                Windows cut = new Windows(boundary, length, windows::add);
                Documents.read(file, (piece, last) -> {
                    bytes[0] += piece.getBytes(StandardCharsets.UTF_8).length;
                    cut.add(tokenizer.encode(piece), last);
                });
            }
            if (windows.isEmpty()) {
                throw new IllegalArgumentException(file + " holds too little text to measure");
            }
            return new Windowed(windows, bytes[0]);
        }
    }

    /** The numbers by name. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("kind", kind);
        map.put("nats_per_token", natsPerToken);
        map.put("standard_error", standardError);
        map.put("perplexity", perplexity());
        map.put("bits_per_byte", bitsPerByte());
        map.put("tokens", tokens);
        map.put("draws", draws);
        return map;
    }
}
