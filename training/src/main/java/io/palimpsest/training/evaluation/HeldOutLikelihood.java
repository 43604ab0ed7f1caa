package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.folder.Configuration;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How probable held-out text is to a diffusion transformer: the upper bound on its negative log-likelihood that the network's
 * family has, or its exact value for an autoregressive one. The text is cut into windows as long as the model's texts, and each
 * is read on its own, all its draws in one pass. For one text, and for any model, there is {@link
 * io.palimpsest.diffusion.likelihood.LikelihoodBound}.
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

    /** Perplexity a token: comparable only between models of one vocabulary. */
    public double perplexity() {
        return Math.exp(natsPerToken);
    }

    /** Bits a byte of the text: comparable between any two models. */
    public double bitsPerByte() {
        return natsPerToken * tokens / bytes / Math.log(2);
    }

    /** Measures the model in {@code folder} on the text in {@code file}, with so many draws for each window. */
    public static HeldOutLikelihood measure(
            Path folder, Path file, int draws, long seed, OptionalInt threads, Consumer<String> progress) {
        threads.ifPresent(Cpu::threads);
        PublishedModel model = PublishedModel.load(folder, Precision.FP32);
        Configuration config = model.config();
        if (!(model.network() instanceof Dit dit)) {
            throw new IllegalArgumentException("the likelihood bound is there for models of the types mdlm, bd3lm and"
                    + " ar_dit; " + folder + " is of type " + config.text("model_type") + ". See palimpsest score");
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
        double nats = 0;
        double squares = 0;
        long tokens = 0;
        int done = 0;
        for (Example window : text.windows) {
            try (Scope memory = Scope.inference()) {
                Loss loss = objective.loss(Collections.nCopies(draws, window), seed.child(done++));
                double mean = loss.value().item(); // nats a token, over the window's draws
                int learnt = window.ids().length - window.start();
                nats += mean * learnt;
                squares += mean * mean * learnt;
                tokens += learnt;
            }
            if (done % 50 == 0) {
                progress.accept(done + " of " + text.windows.size() + " windows: "
                        + String.format(Locale.ROOT, "%.3f", nats / tokens) + " nats a token");
            }
        }
        double mean = nats / tokens;
        double error = Math.sqrt(Math.max(0, squares / tokens - mean * mean) / text.windows.size());
        return new HeldOutLikelihood(
                String.valueOf(folder.getFileName()), kind, mean, error, tokens, text.bytes, draws);
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
