package io.palimpsest.training.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How fast a model runs.
 *
 * @param precision what its linear maps compute with
 * @param threads the processor threads an operation may use
 * @param processor libtorch's vector instruction set
 * @param quick few repetitions
 * @param prompt the tokens in front of the hidden positions of a step
 * @param peakGflops billions of operations a second of a large matrix product in this precision, the best of all runs
 * @param steps what a denoising step costs
 * @param writing what each way to write gains
 * @param loadedBytes resident memory with the model loaded
 * @param peakBytes the most resident memory there was
 * @param soak what many generations did to memory
 */
public record BenchmarkReport(
        String model,
        String precision,
        int threads,
        String processor,
        boolean quick,
        int prompt,
        double peakGflops,
        List<Step> steps,
        List<Writing> writing,
        OptionalLong loadedBytes,
        OptionalLong peakBytes,
        Optional<Soak> soak) {

    public BenchmarkReport {
        steps = List.copyOf(steps);
        writing = List.copyOf(writing);
    }

    /**
     * A denoising step.
     *
     * @param positions hidden positions
     * @param shareOfPeak the operations of its linear maps a second, of {@link #peakGflops}; an adapter's are not counted
     * @param inProducts the share of its time that its matrix products alone take; empty where they cannot be told apart
     */
    public record Step(int positions, Spread milliseconds, double shareOfPeak, Optional<Double> inProducts) {}

    /**
     * A way to write.
     *
     * @param mode {@code base alone} (autoregressive), {@code verified}, {@code typical} (epsilon 0.3) or {@code unverified}
     * @param tokens written in all
     */
    public record Writing(String mode, Spread tokensPerSecond, double tokensPerForward, int tokens) {}

    /** Resident memory before and after so many generations. */
    public record Soak(int generations, long beforeBytes, long afterBytes) {

        /** By what share it grew. */
        public double growth() {
            return afterBytes / (double) beforeBytes - 1;
        }
    }

    /** Everything as JSON values. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("precision", precision);
        map.put("threads", threads);
        map.put("processor", processor);
        map.put("quick", quick);
        map.put("prompt_tokens", prompt);
        map.put("peak_gflops", peakGflops);
        map.put("steps", steps.stream().map(BenchmarkReport::map).toList());
        map.put("decoding", writing.stream().map(BenchmarkReport::map).toList());
        loadedBytes.ifPresent(bytes -> map.put("loaded_bytes", bytes));
        peakBytes.ifPresent(bytes -> map.put("peak_bytes", bytes));
        soak.ifPresent(s -> map.put("soak", map(s)));
        return map;
    }

    private static Map<String, Object> map(Step step) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("positions", step.positions);
        map.put("milliseconds", map(step.milliseconds));
        map.put("share_of_peak", step.shareOfPeak);
        step.inProducts.ifPresent(share -> map.put("share_in_products", share));
        return map;
    }

    private static Map<String, Object> map(Writing way) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("mode", way.mode.replace(' ', '_'));
        map.put("tokens_per_second", map(way.tokensPerSecond));
        map.put("tokens_per_forward", way.tokensPerForward);
        map.put("tokens", way.tokens);
        return map;
    }

    private static Map<String, Object> map(Spread spread) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("median", spread.median());
        map.put("lower_quartile", spread.low());
        map.put("upper_quartile", spread.high());
        return map;
    }

    private static Map<String, Object> map(Soak soak) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("generations", soak.generations);
        map.put("before_bytes", soak.beforeBytes);
        map.put("after_bytes", soak.afterBytes);
        map.put("growth", soak.growth());
        return map;
    }

    /** The report as a table for people. */
    public List<String> table() {
        List<String> out = new ArrayList<>();
        add(
                out,
                "%s in %s, %d thread%s, %s%s",
                model,
                precision,
                threads,
                threads == 1 ? "" : "s",
                processor,
                quick ? " (quick: few repetitions)" : "");
        add(out, "a large matrix product reaches %.0f billion operations a second", peakGflops);
        add(out, "");
        add(out, "positions   ms a step (quartiles)     of the peak   in products   behind %d tokens", prompt);
        steps.forEach(step -> add(
                out,
                "%9d   %s   %9.1f %%   %s",
                step.positions,
                text(step.milliseconds, "%9.1f"),
                100 * step.shareOfPeak,
                step.inProducts
                        .map(share -> String.format(Locale.ROOT, "%9.0f %%", 100 * share))
                        .orElse("          -")));
        add(out, "");
        add(out, "way          tokens/s (quartiles)      tokens a pass   tokens");
        writing.forEach(way -> add(
                out,
                "%-10s %s   %13.2f   %6d",
                way.mode,
                text(way.tokensPerSecond, "%9.1f"),
                way.tokensPerForward,
                way.tokens));
        memory(out);
        return out;
    }

    private void memory(List<String> out) {
        if (loadedBytes.isPresent()) {
            add(out, "");
            add(
                    out,
                    "memory       %.0f MiB loaded, %.0f MiB at most",
                    mebibytes(loadedBytes.getAsLong()),
                    mebibytes(peakBytes.orElse(0)));
        }
        soak.ifPresent(s -> add(
                out,
                "             %.1f MiB before %d generations, %.1f MiB after: %+.2f %%",
                mebibytes(s.beforeBytes),
                s.generations,
                mebibytes(s.afterBytes),
                100 * s.growth()));
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private static String text(Spread spread, String format) {
        String quartiles = String.format(Locale.ROOT, "(%.1f to %.1f)", spread.low(), spread.high());
        return String.format(Locale.ROOT, format + " %-15s", spread.median(), quartiles);
    }

    private static void add(List<String> lines, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }
}
