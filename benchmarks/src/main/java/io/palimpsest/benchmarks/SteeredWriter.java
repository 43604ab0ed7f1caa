package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.diffusion.denoiser.EmbeddingRefinement;
import io.palimpsest.diffusion.denoiser.PhraseGuidance;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Refining;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.ClassifierGuidance;
import io.palimpsest.model.denoiser.ClassifierGuidance.Wanted;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.model.folder.TextClassifier;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.scratch.WordVocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Writes many texts at once under a classifier's guidance.
 *
 * @param end the token that ends a text
 * @param settings how
 */
record SteeredWriter(
        EmbeddingDitModel model, TextClassifier classifier, Tokenizer tokenizer, int end, Settings settings) {

    /**
     * @param steps from noise to text
     * @param batch texts at once
     * @param chance the share of noise that is drawn anew in each step
     */
    record Settings(int steps, int batch, double chance) {}

    static SteeredWriter open(Path folder, Settings settings) {
        Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"));
        return new SteeredWriter(
                EmbeddingDitModel.load(folder, Precision.FP32),
                TextClassifier.load(folder, Precision.FP32),
                tokenizer,
                tokenizer.id(WordVocabulary.END).orElseThrow(),
                settings);
    }

    /** A canvas on which everything is to be written. */
    Canvas open() {
        return open(model.length() - 1);
    }

    /** A canvas whose first {@code words} words are to be written. */
    Canvas open(int words) {
        return Canvas.of(model.start()).extend(words);
    }

    /** The end and the padding of a text, from position {@code from} on. */
    int[] ended(int from) {
        int[] rest = new int[model.length() - from];
        Arrays.fill(rest, model.padding());
        rest[0] = end;
        return rest;
    }

    /** The texts of {@code trials}, steered by {@code scale}; towards tags and spans, which say little of words, the network is told. */
    List<String> write(List<Trial> trials, double scale) {
        Map<Canvas, Seed> seeds = new HashMap<>();
        Map<Canvas, Wanted> wanted = new HashMap<>();
        for (Trial trial : trials) {
            seeds.put(trial.canvas(), Seed.of(7).child(seeds.size()));
            wanted.put(trial.canvas(), trial.wanted());
        }
        try (EmbeddingRefinement denoiser = new EmbeddingRefinement(
                model.network(),
                model.walk(),
                settings.steps,
                ReverseStep.implicit(settings.chance),
                guidance(trials, wanted, scale),
                canvas -> Objects.requireNonNull(seeds.get(canvas)))) {
            return write(trials, denoiser);
        }
    }

    private EmbeddingGuidance guidance(List<Trial> trials, Map<Canvas, Wanted> wanted, double scale) {
        if (trials.stream().anyMatch(trial -> !trial.phrase().isEmpty())) {
            Map<Canvas, int[]> phrases = new HashMap<>();
            trials.forEach(trial -> phrases.put(trial.canvas(), tokenizer.encode(trial.phrase())));
            return new PhraseGuidance(model.network(), canvas -> Objects.requireNonNull(phrases.get(canvas)), scale);
        }
        if (trials.stream().allMatch(trial -> trial.wanted().equals(Wanted.nothing()))) {
            return EmbeddingGuidance.none();
        }
        boolean isTold =
                trials.stream().anyMatch(trial -> trial.wanted().values().isEmpty());
        return new ClassifierGuidance(
                classifier.network(), canvas -> Objects.requireNonNull(wanted.get(canvas)), scale, isTold);
    }

    private List<String> write(List<Trial> trials, EmbeddingRefinement denoiser) {
        Sampler sampler = new Sampler(
                denoiser,
                Blocks.whole().stoppingAt(Set.of(end)),
                TokenChoice.of(0, 1),
                Unmasking.threshold(0),
                new Refining(settings.steps));
        List<String> texts = new ArrayList<>();
        for (int from = 0; from < trials.size(); from += settings.batch) {
            List<Trial> part = trials.subList(from, Math.min(trials.size(), from + settings.batch));
            sampler.fill(part.stream()
                    .map(trial -> new Fill(trial.canvas(), Seed.of(0), frame -> {}))
                    .toList());
            part.forEach(trial -> texts.add(text(trial.canvas())));
        }
        return texts;
    }

    private String text(Canvas canvas) {
        int length = 1;
        while (length < canvas.length() && canvas.id(length) != end) {
            length++;
        }
        return tokenizer.decode(canvas.ids(new Span(1, length)));
    }
}
