package io.palimpsest.training.evaluation;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was measured.
 *
 * @param model the model's name
 * @param precision what its linear maps computed with
 * @param quick whether fewer texts were used than the full evaluation has
 * @param offsets how well hidden blocks are drafted
 * @param fidelity how close the run is to the reference
 * @param decoding one line for each way to write
 * @param infilling what the right context is worth
 */
public record EvaluationReport(
        String model,
        String precision,
        boolean quick,
        Offsets offsets,
        Fidelity fidelity,
        List<Decoding> decoding,
        Infilling infilling,
        double seconds) {

    /**
     * Predictions within fully hidden blocks on the base model's own answers to held-out prompts. Entry 0 is the base model
     * itself, entry k the position k behind it.
     *
     * @param accuracy the share of positions where the likeliest token is the text's
     * @param accuracyGiven the same where the token before each position is known, as it is when drafts are made one after
     *     the other within a pass
     * @param nats the mean negative log-probability of the text's token
     * @param blocks how many blocks
     * @param calibrationError the expected calibration error of the likeliest token's probability at offsets 1 and up, in ten
     *     bins (arXiv:1706.04599)
     */
    public record Offsets(
            List<Double> accuracy,
            List<Double> accuracyGiven,
            List<Double> nats,
            int blocks,
            double calibrationError) {}

    /**
     * Against the same base in fp32, on held-out passages.
     *
     * @param divergence mean KL(fp32 || this precision) in nats a position
     * @param agreement the share of positions with the same likeliest token
     * @param referenceLoss nats a token in fp32
     * @param loss nats a token in this precision
     * @param verifiedIdentical of how many prompts the verified greedy text is the autoregressive greedy text, token by token
     * @param verifiedPrompts of how many; 0 where verified text was not asked for
     */
    public record Fidelity(
            double divergence,
            double agreement,
            double referenceLoss,
            double loss,
            int verifiedIdentical,
            int verifiedPrompts) {

        /** Loss in this precision against fp32. */
        public double lossRatio() {
            return loss / referenceLoss;
        }
    }

    /**
     * One way to write, over all prompts.
     *
     * @param mode {@code base} (autoregressive), {@code verified}, {@code typical}, {@code unverified} or {@code no state}:
     *     unverified with hidden positions that are the mask alone, by a model that has a state
     * @param temperature 0 for greedy
     * @param threshold the probability above which unverified decoding commits, the epsilon of typical acceptance; 0 elsewhere
     * @param tokensPerForward tokens for each pass that a canvas was part of
     * @param tokensPerForwardError its standard error over texts ({@link RatioOfSums})
     * @param perplexity of the text under the fp32 base, at temperature 1
     * @param perplexityRatio against the base's own text at the same temperature and top-p
     * @param perplexityRatioError its standard error over texts, paired by prompt
     * @param distinct1 different tokens for each token written
     * @param distinct2 different pairs for each pair written
     * @param selfBleu how much the texts are like each other, from 0 to 1 ({@link Diversity#selfBleu})
     */
    public record Decoding(
            String mode,
            double temperature,
            double topP,
            double threshold,
            int tokens,
            int forwardPasses,
            double tokensPerForward,
            double tokensPerForwardError,
            double tokensPerSecond,
            double perplexity,
            double perplexityRatio,
            double perplexityRatioError,
            double distinct1,
            double distinct2,
            double selfBleu) {}

    /**
     * The mean log-probability a token of the true fill of gaps of 1 to 8 tokens in held-out passages.
     *
     * @param onePass all positions at once, the right context visible
     * @param onePassHidden the same without anything to the right
     * @param leftToRight one position after the other, the right context visible: an exact likelihood
     * @param leftToRightHidden the same without anything to the right: the base model's own likelihood
     */
    public record Infilling(
            int gaps, int tokens, double onePass, double onePassHidden, double leftToRight, double leftToRightHidden) {

        /** What seeing the right context adds, all at once. */
        public double onePassMargin() {
            return onePass - onePassHidden;
        }

        /** What seeing the right context adds, one after the other. */
        public double leftToRightMargin() {
            return leftToRight - leftToRightHidden;
        }
    }

    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** The report as JSON values. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = JSON.convertValue(this, new TypeReference<>() {});
        put(map, "fidelity", "loss_ratio", fidelity.lossRatio());
        put(map, "infilling", "one_pass_margin", infilling.onePassMargin());
        put(map, "infilling", "left_to_right_margin", infilling.leftToRightMargin());
        return map;
    }

    @SuppressWarnings("unchecked") // what Jackson makes of a record is a map
    private static void put(Map<String, Object> map, String part, String key, double value) {
        ((Map<String, Object>) map.getOrDefault(part, Map.of())).put(key, value);
    }

    /** Writes the report as a JSON file. */
    public void write(Path file) {
        write(toMap(), file);
    }

    /** Writes numbers by name as a JSON file. */
    public static void write(Map<String, Object> numbers, Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(numbers) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    /** The report as a table for people. */
    public List<String> table() {
        List<String> out = new ArrayList<>();
        add(out, "%s in %s%s", model, precision, quick ? " (quick: few texts, rough numbers)" : "");
        add(out, "");
        add(out, "accuracy in hidden blocks   %s", percentages(offsets.accuracy));
        add(out, "  given the token before    %s", percentages(offsets.accuracyGiven));
        add(
                out,
                "  at offsets 0 (the base), 1, 2, ...; %d blocks; calibration error %.3f",
                offsets.blocks,
                offsets.calibrationError);
        add(
                out,
                "against fp32                KL %.4f nats, loss %.3f -> %.3f (%+.2f%%), same best token %.1f%%",
                fidelity.divergence,
                fidelity.referenceLoss,
                fidelity.loss,
                100 * (fidelity.lossRatio() - 1),
                100 * fidelity.agreement);
        if (fidelity.verifiedPrompts > 0) {
            add(
                    out,
                    "verified = autoregressive   %d of %d greedy texts",
                    fidelity.verifiedIdentical,
                    fidelity.verifiedPrompts);
        }
        add(
                out,
                "infilling, log p a token    all at once %.3f with right context, %.3f without (%+.3f)",
                infilling.onePass,
                infilling.onePassHidden,
                infilling.onePassMargin());
        add(
                out,
                "                            one by one  %.3f with right context, %.3f without (%+.3f); %d gaps",
                infilling.leftToRight,
                infilling.leftToRightHidden,
                infilling.leftToRightMargin(),
                infilling.gaps);
        add(out, "");
        add(
                out,
                "%-11s %5s %9s %7s %14s %8s %11s %14s %9s %9s %9s",
                "mode",
                "temp",
                "threshold",
                "tokens",
                "TPF (s.e.)",
                "tokens/s",
                "perplexity",
                "ratio (s.e.)",
                "distinct1",
                "distinct2",
                "self-BLEU");
        decoding.forEach(d -> add(
                out,
                "%-11s %5.2f %9s %7d %7.3f ±%5.3f %8.1f %11.2f %7.3f ±%5.3f %9.3f %9.3f %9.3f",
                d.mode,
                d.temperature,
                d.threshold > 0 ? String.valueOf(d.threshold) : "-",
                d.tokens,
                d.tokensPerForward,
                d.tokensPerForwardError,
                d.tokensPerSecond,
                d.perplexity,
                d.perplexityRatio,
                d.perplexityRatioError,
                d.distinct1,
                d.distinct2,
                d.selfBleu));
        return out;
    }

    private static List<String> percentages(List<Double> shares) {
        return shares.stream()
                .map(share -> String.format(Locale.ROOT, "%5.1f", 100 * share))
                .toList();
    }

    private static void add(List<String> lines, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }
}
