package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.sampler.Acceptance;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.HybridSampler;
import io.palimpsest.diffusion.sampler.Judgement;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes answers to the same prompts in several ways and judges all of them by the same measures.
 *
 * @param subject the model that writes
 * @param reference its base in fp32, which judges
 * @param prompts what is asked
 * @param tokens the longest answer
 */
record DecodingMeasure(Subject subject, Subject reference, List<int[]> prompts, int tokens, long seed) {

    private static final double MIN_CONFIDENCE = 0.2;

    /** The same with a model whose hidden positions are the mask alone. */
    DecodingMeasure withoutState() {
        return new DecodingMeasure(subject.withoutState(), reference, prompts, tokens, seed);
    }

    /** Answers written in one way, and what they took. */
    record Texts(List<int[]> ids, List<Integer> starts, double[] tokens, double[] passes, double seconds) {

        private RatioOfSums tokensPerForward() {
            return new RatioOfSums(tokens, passes);
        }

        private List<int[]> answers() {
            return IntStream.range(0, ids.size())
                    .mapToObj(i -> Arrays.copyOfRange(ids.get(i), starts.get(i), ids.get(i).length))
                    .toList();
        }
    }

    Texts verified(double temperature, double topP, int draftLength) {
        return write(temperature, topP, draftLength, new Acceptance.Judged(MIN_CONFIDENCE));
    }

    Texts typical(double temperature, double topP, int draftLength, double epsilon) {
        Judgement judgement = new Judgement.Typical(epsilon);
        return write(temperature, topP, draftLength, new Acceptance.Judged(judgement, MIN_CONFIDENCE));
    }

    Texts unverified(double temperature, double topP, int blockLength, double threshold) {
        return write(temperature, topP, blockLength - 1, new Acceptance.Trusted(threshold));
    }

    private Texts write(double temperature, double topP, int draftLength, Acceptance acceptance) {
        long begun = System.nanoTime();
        HybridSampler sampler = new HybridSampler(
                subject.session(),
                TokenChoice.of(temperature, topP),
                draftLength,
                acceptance,
                tokens,
                subject.model().stopIds());
        List<Filled> filled = fills().stream().map(sampler::fill).toList();
        return texts(filled, begun);
    }

    private List<Fill> fills() {
        List<Fill> fills = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            fills.add(new Fill(Canvas.of(prompts.get(i)), Seed.of(seed).child(i), frame -> {}));
        }
        return fills;
    }

    private Texts texts(List<Filled> filled, long begun) {
        return new Texts(
                filled.stream()
                        .map(f -> f.canvas().ids(new Span(0, f.canvas().length())))
                        .toList(),
                prompts.stream().map(p -> p.length).toList(),
                filled.stream().mapToDouble(Filled::tokens).toArray(),
                filled.stream().mapToDouble(Filled::forwardPasses).toArray(),
                (System.nanoTime() - begun) / 1e9);
    }

    /** What there is to say about {@code texts}, beside the {@linkplain #nats nats} of the base's own to the same prompts. */
    EvaluationReport.Decoding judged(
            DecodingMode mode, double temperature, double topP, double threshold, Texts texts, RatioOfSums baseNats) {
        RatioOfSums speed = texts.tokensPerForward();
        RatioOfSums nats = nats(texts);
        double ratio = Math.exp(nats.value() - baseNats.value());
        Diversity diversity = new Diversity(texts.answers());
        double tokens = Arrays.stream(texts.tokens).sum();
        return new EvaluationReport.Decoding(
                mode.label(),
                temperature,
                topP,
                threshold,
                (int) tokens,
                (int) Arrays.stream(texts.passes).sum(),
                speed.value(),
                speed.standardError(),
                tokens / texts.seconds,
                Math.exp(nats.value()),
                ratio,
                ratio * nats.standardErrorLess(baseNats),
                diversity.distinct(1),
                diversity.distinct(2),
                diversity.selfBleu());
    }

    /** The nats for each token of the answers, given their prompts, under the reference: the perplexity's logarithm. */
    RatioOfSums nats(Texts texts) {
        double[] nats = new double[texts.ids.size()];
        double[] counts = new double[nats.length];
        for (int i = 0; i < nats.length; i++) {
            double[] all = reference.logProbabilities(texts.ids.get(i));
            int first = texts.starts.get(i) - 1;
            nats[i] = -Arrays.stream(all, first, all.length).sum();
            counts[i] = all.length - first;
        }
        return new RatioOfSums(nats, counts);
    }
}
