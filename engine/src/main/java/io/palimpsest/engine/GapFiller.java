package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Suppressing;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.tensor.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Fills the gaps of a text: hidden positions between pinned ones, so that what stands to the right is seen as well.
 *
 * <p>Where a gap's length is open, a few are tried and the one is kept that makes the fill and what follows it most probable,
 * token by token.
 */
final class GapFiller {

    private static final int[] LENGTHS = {1, 2, 3, 4, 6, 8, 12};

    /** How often a text is hidden to tell two lengths apart, where nothing exact can. */
    private static final int DRAWS = 8;

    /** The longest gap whose length its own tokens change (DreamOn's {@code max_gen_len}). */
    private static final int LONGEST = 64;

    /** How much of what follows a gap speaks for or against a length. */
    private static final int WITNESSES = 16;

    private final LanguageModel model;
    private final Denoiser denoiser;
    private final Settings settings;

    private int passes;

    GapFiller(LanguageModel model, Denoiser denoiser, Settings settings) {
        this.model = model;
        this.denoiser = denoiser;
        this.settings = settings;
    }

    Answer fill(GapText text, long seed, Consumer<CanvasFrame> listener, long began) {
        List<Integer> lengths = new ArrayList<>();
        for (int gap = 0; gap < text.gaps(); gap++) {
            lengths.add(
                    text.lengths().get(gap).orElse(settings.strategy().begins().orElse(LENGTHS[2])));
        }
        requireRoom(canvas(text, lengths).length());
        boolean resizes = resizes(text);
        for (int gap = 0; gap < text.gaps() && !resizes; gap++) {
            if (text.lengths().get(gap).isEmpty()) {
                lengths.set(gap, bestLength(text, lengths, gap, seed, listener));
            }
        }
        Layout layout = canvas(text, lengths);
        Filled filled = fill(layout.canvas, seed, listener, resizes);
        List<String> fills = layout.filled().stream()
                .map(gap -> model.tokenizer().decode(filled.canvas().ids(gap)))
                .toList();
        return new Answer(
                text.with(fills),
                Answer.Finish.STOP,
                filled.tokens(),
                passes,
                (System.nanoTime() - began) / 1e9,
                filled.meanConfidence(),
                seed,
                model.name(),
                fills);
    }

    /** Whether the model has tokens that change a gap's length, and all lengths are open. */
    private boolean resizes(GapText text) {
        return settings.strategy() == Strategy.DREAMON
                && text.lengths().stream().allMatch(OptionalInt::isEmpty);
    }

    private void requireRoom(int length) {
        if (length > model.context()) {
            throw new IllegalArgumentException("the text and its gaps have " + length + " tokens, but the context of "
                    + model.name() + " holds " + model.context() + ": shorten it by at least "
                    + (length - model.context()) + " tokens");
        }
    }

    private int bestLength(GapText text, List<Integer> lengths, int gap, long seed, Consumer<CanvasFrame> listener) {
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int length : LENGTHS) {
            List<Integer> tried = new ArrayList<>(lengths);
            tried.set(gap, length);
            Layout layout = canvas(text, tried);
            if (layout.length() > model.context()) {
                continue;
            }
            Filled filled = fill(layout.canvas, seed, listener, false);
            Span span = layout.gaps.get(gap);
            double surprise = surprise(filled.canvas(), span);
            if (surprise < least) {
                least = surprise;
                best = length;
            }
        }
        return best;
    }

    /**
     * Nats per token of the fill and of what follows it; where a model tells no likelihood, of the fill as it was written.
     */
    private double surprise(Canvas filled, Span gap) {
        if (!Scorer.knows(model)) {
            return IntStream.range(gap.start(), gap.end())
                    .mapToDouble(i -> -Math.log(filled.confidence(i)))
                    .average()
                    .orElseThrow();
        }
        int end = Math.min(filled.length(), gap.end() + WITNESSES);
        float[] nats = new Scorer(model, denoiser, DRAWS, Seed.of(0)).nats(filled.ids(new Span(0, end)), 1);
        double sum = 0;
        for (int i = gap.start(); i < end; i++) {
            sum += nats[i - 1];
        }
        return sum / (end - gap.start());
    }

    private Filled fill(Canvas canvas, long seed, Consumer<CanvasFrame> listener, boolean resizes) {
        int hidden = canvas.hidden(canvas.span()).length;
        Denoiser drawing = settings.drawing(denoiser, Seed.of(seed), hidden);
        try (Suppressing textOnly = new Suppressing(drawing, markup(resizes))) {
            int room = resizes ? Math.min(LONGEST, model.context() - canvas.length()) : 0;
            Filled filled = settings.sampler(textOnly, settings.within(canvas), hidden, room)
                    .fill(List.of(new Fill(canvas, Seed.of(seed), listener)))
                    .get(0);
            passes += filled.forwardPasses();
            return filled;
        }
    }

    private Set<Integer> markup(boolean resizes) {
        Set<Integer> ids = new HashSet<>(model.tokenizer().specialIds());
        ids.addAll(model.stopIds());
        model.traits().resizing().ifPresent(tokens -> {
            ids.add(tokens.expand());
            if (resizes) {
                ids.removeAll(Set.of(tokens.expand(), tokens.delete()));
            }
        });
        return ids;
    }

    /** A document's beginning, then pieces and gaps in turn. */
    private Layout canvas(GapText text, List<Integer> lengths) {
        Canvas canvas = Canvas.of(model.boundary());
        List<Span> gaps = new ArrayList<>();
        for (int i = 0; i < text.pieces().size(); i++) {
            canvas.pin(model.tokenizer().encode(text.encoded(i)));
            if (i < text.gaps()) {
                gaps.add(new Span(canvas.length(), canvas.length() + lengths.get(i)));
                canvas.extend(lengths.get(i));
            }
        }
        return new Layout(canvas, gaps);
    }

    private record Layout(Canvas canvas, List<Span> gaps) {

        /** Where the gaps are once they are filled: between the given tokens they began between. */
        List<Span> filled() {
            List<Span> spans = new ArrayList<>();
            int from = 0;
            int given = 0; // given tokens before position from
            int lengths = 0; // of the gaps before, as they began
            for (Span gap : gaps) {
                int givenBefore = gap.start() - lengths;
                lengths += gap.length();
                while (given < givenBefore) {
                    given += canvas.state(from++) == State.PINNED ? 1 : 0;
                }
                int end = from;
                while (end < canvas.length() && canvas.state(end) != State.PINNED) {
                    end++;
                }
                spans.add(new Span(from, end));
                from = end;
            }
            return spans;
        }

        int length() {
            return canvas.length();
        }
    }
}
