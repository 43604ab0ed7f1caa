package io.palimpsest.training.evaluation;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Seed;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures a gated model by itself: how well its canvas rows draft, what each way of decoding gains and costs, what the right
 * context is worth, and how close a run in this precision is to fp32.
 *
 * <p>All texts are fixed and none is trained on; answers are the model's own, so nothing else is needed. Perplexity is the
 * fp32 base's, and every ratio compares text drawn with the same temperature and top-p in the same precision.
 */
public final class Evaluation {

    /**
     * How much is measured.
     *
     * @param quick few texts: a minute instead of many
     * @param prompts how many texts are written in each way
     * @param temperature of sampled text
     * @param topP of sampled text
     * @param blockLength positions denoised, or drafted, together
     * @param thresholds the probabilities above which unverified decoding commits
     * @param epsilons of typical acceptance
     * @param modes the ways to write
     */
    public record Settings(
            boolean quick,
            int prompts,
            double temperature,
            double topP,
            int blockLength,
            List<Double> thresholds,
            List<Double> epsilons,
            Set<DecodingMode> modes,
            long seed) {

        private static final int QUICK_PROMPTS = 4;
        private static final int USUAL_PROMPTS = 20;

        public Settings {
            int most = EvaluationTexts.prompts().size();
            if (prompts < 2 || prompts > most) {
                throw new IllegalArgumentException("evaluation writes to 2 to " + most + " prompts; got " + prompts);
            }
            thresholds = List.copyOf(thresholds);
            epsilons = List.copyOf(epsilons);
            modes = Set.copyOf(modes);
        }

        /** The usual ones. */
        public static Settings of(boolean quick, long seed) {
            return new Settings(
                    quick,
                    quick ? QUICK_PROMPTS : USUAL_PROMPTS,
                    0.7,
                    0.95,
                    8,
                    quick ? List.of(0.9) : List.of(0.3, 0.4, 0.5, 0.7, 0.9),
                    quick ? List.of(0.1) : List.of(0.3, 0.1, 0.03),
                    EnumSet.allOf(DecodingMode.class),
                    seed);
        }

        public Settings prompts(int count) {
            return new Settings(quick, count, temperature, topP, blockLength, thresholds, epsilons, modes, seed);
        }

        public Settings thresholds(List<Double> values) {
            return new Settings(quick, prompts, temperature, topP, blockLength, values, epsilons, modes, seed);
        }

        public Settings epsilons(List<Double> values) {
            return new Settings(quick, prompts, temperature, topP, blockLength, thresholds, values, modes, seed);
        }

        public Settings modes(Set<DecodingMode> wanted) {
            return new Settings(quick, prompts, temperature, topP, blockLength, thresholds, epsilons, wanted, seed);
        }

        int passages() {
            return quick ? 6 : 80;
        }

        int answerTokens() {
            return quick ? 48 : 64;
        }
    }

    private static final int FIDELITY_PASSAGES = 12;

    private final Subject subject;
    private final Subject reference;
    private final Settings settings;
    private final Consumer<String> progress;

    private Evaluation(Subject subject, Subject reference, Settings settings, Consumer<String> progress) {
        this.subject = subject;
        this.reference = reference;
        this.settings = settings;
        this.progress = progress;
    }

    /** Measures the model in {@code folder}. */
    public static EvaluationReport run(
            ModelFolder folder, Options options, Settings settings, Consumer<String> progress) {
        progress.accept("loading");
        try (Subject subject = Subject.of(folder, options);
                Subject reference = Subject.of(folder, options.precision(Precision.FP32))) {
            return new Evaluation(subject, reference, settings, progress).report();
        }
    }

    /** How well a model drafts, and what unverified decoding makes of it: a point of a curve over training. */
    public record Drafting(EvaluationReport.Offsets offsets, List<EvaluationReport.Decoding> decoding) {}

    /** Measures only how the model in {@code folder} drafts. */
    public static Drafting drafting(ModelFolder folder, Options options, Settings settings, Consumer<String> progress) {
        try (Subject subject = Subject.of(folder, options);
                Subject reference = Subject.of(folder, options.precision(Precision.FP32))) {
            return new Evaluation(subject, reference, settings, progress).drafting();
        }
    }

    private Drafting drafting() {
        List<DecodingComparison> compared = compare();
        return new Drafting(offsets(compared), lines(compared));
    }

    private List<DecodingComparison> compare() {
        DecodingMeasure measure = measure();
        return Stream.of(settings.temperature, 0.0)
                .map(temperature -> new DecodingComparison(measure, temperature, settings, progress).compare())
                .toList();
    }

    private static List<EvaluationReport.Decoding> lines(List<DecodingComparison> compared) {
        return compared.stream().flatMap(one -> one.lines().stream()).toList();
    }

    private DecodingMeasure measure() {
        List<int[]> prompts = EvaluationTexts.prompts().stream()
                .limit(settings.prompts())
                .map(subject::prompt)
                .toList();
        return new DecodingMeasure(subject, reference, prompts, settings.answerTokens(), settings.seed);
    }

    private EvaluationReport report() {
        long begun = System.nanoTime();
        List<DecodingComparison> compared = compare();
        DecodingComparison greedy = compared.get(compared.size() - 1);
        return new EvaluationReport(
                subject.model().name(),
                subject.model().precision().name().toLowerCase(java.util.Locale.ROOT),
                settings.quick,
                offsets(compared),
                fidelity(greedy.base(), greedy.verified()),
                lines(compared),
                infilling(),
                (System.nanoTime() - begun) / 1e9);
    }

    private EvaluationReport.Offsets offsets(List<DecodingComparison> compared) {
        progress.accept("accuracy in hidden blocks");
        OffsetMeasure measure = new OffsetMeasure();
        for (DecodingComparison one : compared) {
            DecodingMeasure.Texts texts = one.base();
            for (int i = 0; i < texts.ids().size(); i++) {
                measure.add(
                        subject.session(), texts.ids().get(i), texts.starts().get(i));
            }
        }
        return measure.result();
    }

    private EvaluationReport.Fidelity fidelity(DecodingMeasure.Texts greedy, Optional<DecodingMeasure.Texts> verified) {
        progress.accept("precision against fp32");
        FidelityMeasure measure = new FidelityMeasure();
        EvaluationTexts.passages().stream()
                .limit(Math.min(FIDELITY_PASSAGES, settings.passages()))
                .map(text -> subject.model().tokenizer().encode(text))
                .forEach(ids -> measure.add(reference.session(), subject.session(), ids));
        return measure.result(
                verified.map(texts -> identical(greedy, texts)).orElse(0),
                verified.map(texts -> texts.ids().size()).orElse(0));
    }

    private static int identical(DecodingMeasure.Texts one, DecodingMeasure.Texts other) {
        return (int) IntStream.range(0, one.ids().size())
                .filter(i -> Arrays.equals(one.ids().get(i), other.ids().get(i)))
                .count();
    }

    private EvaluationReport.Infilling infilling() {
        progress.accept("infilling");
        InfillingMeasure measure = new InfillingMeasure(subject.session(), Seed.of(settings.seed));
        EvaluationTexts.passages().stream()
                .limit(settings.passages())
                .map(text -> subject.model().tokenizer().encode(text))
                .forEach(measure::add);
        return measure.result();
    }
}
