package io.palimpsest.training.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** All ways to write at one temperature, each beside the base's own. */
final class DecodingComparison {

    private static final int DRAFT_LENGTH = 4;

    private final DecodingMeasure measure;
    private final double temperature;
    private final Evaluation.Settings settings;
    private final Consumer<String> progress;
    private final List<EvaluationReport.Decoding> lines = new ArrayList<>();
    private final DecodingMeasure.Texts base;
    private final RatioOfSums baseNats;
    private Optional<DecodingMeasure.Texts> verified = Optional.empty();

    /** Writes the base's own texts. */
    DecodingComparison(
            DecodingMeasure measure, double temperature, Evaluation.Settings settings, Consumer<String> progress) {
        this.measure = measure;
        this.temperature = temperature;
        this.settings = settings;
        this.progress = progress;
        tell(DecodingMode.BASE, 0);
        this.base = measure.verified(temperature, settings.topP(), 0);
        this.baseNats = measure.nats(base);
        add(DecodingMode.BASE, 0, base);
    }

    /** Writes in all other ways that are asked for. */
    DecodingComparison compare() {
        if (isWanted(DecodingMode.VERIFIED)) {
            tell(DecodingMode.VERIFIED, 0);
            DecodingMeasure.Texts texts = measure.verified(temperature, settings.topP(), DRAFT_LENGTH);
            add(DecodingMode.VERIFIED, 0, texts);
            verified = Optional.of(texts);
        }
        if (isWanted(DecodingMode.TYPICAL)) {
            settings.epsilons().forEach(this::typical);
        }
        if (isWanted(DecodingMode.UNVERIFIED)) {
            unverified(DecodingMode.UNVERIFIED, measure);
        }
        if (isWanted(DecodingMode.NO_STATE) && measure.subject().hasState()) {
            DecodingMeasure stateless = measure.withoutState();
            unverified(DecodingMode.NO_STATE, stateless);
            stateless.subject().session().close();
        }
        return this;
    }

    private boolean isWanted(DecodingMode mode) {
        return settings.modes().contains(mode);
    }

    private void typical(double epsilon) {
        tell(DecodingMode.TYPICAL, epsilon);
        add(DecodingMode.TYPICAL, epsilon, measure.typical(temperature, settings.topP(), DRAFT_LENGTH, epsilon));
    }

    private void unverified(DecodingMode mode, DecodingMeasure writing) {
        for (double threshold : settings.thresholds()) {
            tell(mode, threshold);
            add(mode, threshold, writing.unverified(temperature, settings.topP(), settings.blockLength(), threshold));
        }
    }

    private void tell(DecodingMode mode, double threshold) {
        progress.accept(mode.label() + " text at temperature " + temperature
                + (threshold > 0 ? ", threshold " + threshold : ""));
    }

    private void add(DecodingMode mode, double threshold, DecodingMeasure.Texts texts) {
        lines.add(measure.judged(mode, temperature, settings.topP(), threshold, texts, baseNats));
    }

    List<EvaluationReport.Decoding> lines() {
        return lines;
    }

    DecodingMeasure.Texts base() {
        return base;
    }

    /** Where they were asked for. */
    Optional<DecodingMeasure.Texts> verified() {
        return verified;
    }
}
