package io.palimpsest.training.benchmark;

import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.ResidentMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Measures how fast a model runs on this machine. */
public final class Benchmark {

    /**
     * How much is measured.
     *
     * @param quick half a minute instead of some, and wider spreads
     * @param soak so many generations one after another, to see whether memory grows; 0 for none
     */
    public record Settings(boolean quick, long seed, int soak) {

        public Settings {
            if (soak < 0) {
                throw new IllegalArgumentException("soak must not be negative; got " + soak);
            }
        }

        int repetitions() {
            return quick ? 10 : 50;
        }

        int rounds() {
            return quick ? 2 : 5;
        }

        int tokens() {
            return quick ? 24 : 64;
        }
    }

    private static final List<Integer> POSITIONS = List.of(1, 8, 16, 32);
    private static final int PROMPT = 128;
    private static final int WARM_UP = 3;
    private static final int SOAK_WARM_UP = 5;
    private static final int SOAK_TOKENS = 16;
    private static final List<String> PROMPTS = List.of(
            "Write a short story about a lighthouse.",
            "How do I boil an egg? Describe every step.",
            "Why is the sky blue during the day and red in the evening?");

    private final Engine engine;
    private final Denoiser denoiser;
    private final Settings settings;
    private final Consumer<String> progress;
    private final List<String> prompts;

    private Benchmark(Engine engine, Denoiser denoiser, Settings settings, Consumer<String> progress) {
        this.engine = engine;
        this.denoiser = denoiser;
        this.settings = settings;
        this.progress = progress;
        this.prompts = PROMPTS.stream().map(this::fitting).toList();
    }

    /** A prompt that leaves at least half of the context for an answer. */
    private String fitting(String prompt) {
        boolean fits = prompt.length() < 2
                || WritingMeasure.ids(engine.model(), prompt).length
                        <= engine.model().context() / 2;
        return fits ? prompt : fitting(prompt.substring(0, prompt.length() / 2));
    }

    /** Measures the model in {@code folder}. */
    public static BenchmarkReport run(
            ModelFolder folder, Options options, Settings settings, Consumer<String> progress) {
        progress.accept("loading");
        try (Engine engine = Engine.open(folder, options);
                Denoiser denoiser = engine.model().network().open()) {
            return new Benchmark(engine, denoiser, settings, progress).report(folder.multiplicationsPerRow());
        }
    }

    private BenchmarkReport report(long multiplications) {
        LanguageModel model = engine.model();
        OptionalLong loaded = ResidentMemory.now();
        progress.accept("denoising steps and matrix products");
        MatmulPeak product = MatmulPeak.of(model.precision());
        List<Double> products = new ArrayList<>();
        List<StepMeasure> steps = steps(product, products);
        double peak = MatmulPeak.OPERATIONS
                / (products.stream().mapToDouble(ms -> ms).min().orElseThrow() / 1e3);
        List<WritingMeasure> ways = write();
        return new BenchmarkReport(
                model.name(),
                model.precision().name().toLowerCase(Locale.ROOT),
                Cpu.threads(),
                Cpu.capability(),
                settings.quick,
                prompt(0).length,
                peak / 1e9,
                steps.stream().map(step -> step.result(multiplications, peak)).toList(),
                ways.stream().map(WritingMeasure::result).toList(),
                loaded,
                ResidentMemory.peak(),
                soak());
    }

    /** One of each in turn. */
    private List<StepMeasure> steps(MatmulPeak product, List<Double> products) {
        List<StepMeasure> steps = POSITIONS.stream()
                .filter(n -> n < engine.model().context())
                .map(n -> new StepMeasure(engine.model(), denoiser, prompt(n), n))
                .toList();
        for (int i = -WARM_UP; i < settings.repetitions(); i++) {
            if (i == 0) {
                steps.forEach(StepMeasure::forget);
                products.clear();
            }
            steps.forEach(StepMeasure::measure);
            products.add(StepMeasure.milliseconds(product::run));
        }
        steps.forEach(StepMeasure::close);
        return steps;
    }

    /** As many tokens of text as there is room for. */
    private int[] prompt(int hidden) {
        int[] text = engine.model().tokenizer().encode(String.join(" ", PROMPTS));
        int length = Math.min(PROMPT, engine.model().context() - hidden);
        return IntStream.range(0, Math.max(1, length))
                .map(i -> text.length == 0 ? engine.model().boundary() : text[i % text.length])
                .toArray();
    }

    private List<WritingMeasure> write() {
        List<WritingMeasure> ways = WritingMeasure.all(engine, denoiser, tokens(settings.tokens()));
        progress.accept("texts");
        ways.forEach(way -> way.warmUp(prompts.get(0)));
        for (int round = 0; round < settings.rounds(); round++) {
            for (WritingMeasure way : ways) {
                way.measure(prompts, settings.seed + round);
            }
        }
        return ways;
    }

    /** So many as the context has room for, with a token that begins a document. */
    private int tokens(int wanted) {
        int longest = prompts.stream()
                .mapToInt(prompt -> WritingMeasure.ids(engine.model(), prompt).length)
                .max()
                .orElseThrow();
        return Math.max(1, Math.min(wanted, engine.model().context() - longest - 1));
    }

    private Optional<BenchmarkReport.Soak> soak() {
        if (settings.soak == 0 || ResidentMemory.now().isEmpty()) {
            return Optional.empty();
        }
        progress.accept(settings.soak + " generations");
        generate(0, SOAK_WARM_UP);
        long before = settledMemory();
        generate(SOAK_WARM_UP, settings.soak);
        return Optional.of(new BenchmarkReport.Soak(settings.soak, before, settledMemory()));
    }

    private void generate(int first, int count) {
        boolean verifies = engine.model().traits().verifies();
        for (int i = first; i < first + count; i++) {
            Request request = WritingMeasure.request(engine.model(), prompts.get(i % prompts.size()))
                    .maxTokens(tokens(SOAK_TOKENS))
                    .seed(i);
            engine.generate(verifies ? request.verify(i % 2 == 0) : request);
        }
    }

    /** The heap's own growth is not what is measured. */
    private static long settledMemory() {
        System.gc();
        return ResidentMemory.now().orElseThrow();
    }
}
