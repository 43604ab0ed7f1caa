package io.palimpsest.training.evaluation;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

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
     * @param temperature of sampled text
     * @param topP of sampled text
     * @param blockLength positions denoised, or drafted, together
     * @param thresholds the probabilities above which unverified decoding commits
     */
    public record Settings(
            boolean quick, double temperature, double topP, int blockLength, List<Double> thresholds, long seed) {

        public Settings {
            thresholds = List.copyOf(thresholds);
        }

        /** The usual ones. */
        public static Settings of(boolean quick, long seed) {
            return new Settings(quick, 0.7, 0.95, 8, quick ? List.of(0.9) : List.of(0.3, 0.4, 0.5, 0.7, 0.9), seed);
        }

        int prompts() {
            return quick ? 4 : 20;
        }

        int passages() {
            return quick ? 6 : 80;
        }

        int answerTokens() {
            return quick ? 48 : 64;
        }
    }

    private static final int FIDELITY_PASSAGES = 12;
    private static final int DRAFT_LENGTH = 4;

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
        DecodingMeasure measure = measure();
        List<EvaluationReport.Decoding> decoding = new ArrayList<>();
        List<DecodingMeasure.Texts> written = new ArrayList<>();
        for (double temperature : List.of(settings.temperature, 0.0)) {
            written.add(base(measure, temperature, decoding));
            unverified(measure, temperature, decoding);
        }
        return new Drafting(offsets(written), decoding);
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
        DecodingMeasure measure = measure();
        int prompts = measure.prompts().size();
        List<EvaluationReport.Decoding> decoding = new ArrayList<>();
        Written sampled = decode(measure, settings.temperature, decoding);
        Written greedy = decode(measure, 0, decoding);
        int identical = (int) IntStream.range(0, prompts)
                .filter(i -> Arrays.equals(
                        greedy.base.ids().get(i), greedy.verified.ids().get(i)))
                .count();
        return new EvaluationReport(
                subject.model().name(),
                subject.model().precision().name().toLowerCase(java.util.Locale.ROOT),
                settings.quick,
                offsets(List.of(sampled.base, greedy.base)),
                fidelity(identical, prompts),
                decoding,
                infilling(),
                (System.nanoTime() - begun) / 1e9);
    }

    /** The base model's own text, and what verified decoding makes of the same prompts. */
    private record Written(DecodingMeasure.Texts base, DecodingMeasure.Texts verified) {}

    /** All ways to write at one temperature, put into {@code out}. */
    private Written decode(DecodingMeasure measure, double temperature, List<EvaluationReport.Decoding> out) {
        DecodingMeasure.Texts base = base(measure, temperature, out);
        double perplexity = out.get(out.size() - 1).perplexity();
        progress.accept("verified text at temperature " + temperature);
        DecodingMeasure.Texts verified = measure.verified(temperature, settings.topP, DRAFT_LENGTH);
        out.add(measure.judged("verified", temperature, settings.topP, 0, verified, perplexity));
        unverified(measure, temperature, out);
        return new Written(base, verified);
    }

    private DecodingMeasure.Texts base(
            DecodingMeasure measure, double temperature, List<EvaluationReport.Decoding> out) {
        progress.accept("base text at temperature " + temperature);
        DecodingMeasure.Texts base = measure.verified(temperature, settings.topP, 0);
        out.add(measure.judged("base", temperature, settings.topP, 0, base, measure.perplexity(base)));
        return base;
    }

    /** Behind the base's own line: unverified text, where there is a state with it and without. */
    private void unverified(DecodingMeasure measure, double temperature, List<EvaluationReport.Decoding> out) {
        double perplexity = out.stream()
                .filter(d -> d.mode().equals("base") && d.temperature() == temperature)
                .findFirst()
                .orElseThrow()
                .perplexity();
        for (double threshold : settings.thresholds()) {
            unverified("unverified", measure, temperature, threshold, perplexity, out);
        }
        if (subject.hasState()) {
            DecodingMeasure stateless = measure.withoutState();
            for (double threshold : settings.thresholds()) {
                unverified("no state", stateless, temperature, threshold, perplexity, out);
            }
            stateless.subject().session().close();
        }
    }

    private void unverified(
            String mode,
            DecodingMeasure measure,
            double temperature,
            double threshold,
            double perplexity,
            List<EvaluationReport.Decoding> out) {
        progress.accept(mode + " text at temperature " + temperature + ", threshold " + threshold);
        DecodingMeasure.Texts texts = measure.unverified(temperature, settings.topP, settings.blockLength, threshold);
        out.add(measure.judged(mode, temperature, settings.topP, threshold, texts, perplexity));
    }

    private EvaluationReport.Offsets offsets(List<DecodingMeasure.Texts> written) {
        progress.accept("accuracy in hidden blocks");
        OffsetMeasure measure = new OffsetMeasure();
        for (DecodingMeasure.Texts texts : written) {
            for (int i = 0; i < texts.ids().size(); i++) {
                measure.add(
                        subject.session(), texts.ids().get(i), texts.starts().get(i));
            }
        }
        return measure.result();
    }

    private EvaluationReport.Fidelity fidelity(int identical, int prompts) {
        progress.accept("precision against fp32");
        FidelityMeasure measure = new FidelityMeasure();
        EvaluationTexts.passages().stream()
                .limit(Math.min(FIDELITY_PASSAGES, settings.passages()))
                .map(text -> subject.model().tokenizer().encode(text))
                .forEach(ids -> measure.add(reference.session(), subject.session(), ids));
        return measure.result(identical, prompts);
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
