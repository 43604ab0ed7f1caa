package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.diffusion.likelihood.LikelihoodBound;
import io.palimpsest.diffusion.likelihood.Surprise;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.model.tokenizer.TextStream;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Says how surprised a model is by a text: exactly, a piece at a time, where it has an autoregressive mode, and by a bound on
 * its likelihood where it has none.
 */
final class Scorer {

    /** Tokens judged in one pass: their logits over the whole vocabulary are in memory together. */
    private static final int PIECE = 64;

    private final LanguageModel model;
    private final Denoiser denoiser;
    private final int draws;
    private final Seed seed;

    /**
     * @param draws how often each part of a text is hidden to estimate a bound
     * @param seed decides what is hidden
     */
    Scorer(LanguageModel model, Denoiser denoiser, int draws, Seed seed) {
        this.model = model;
        this.denoiser = denoiser;
        this.draws = draws;
        this.seed = seed;
    }

    Score score(String text) {
        int[] ids = model.tokenizer().encode(text);
        if (ids.length == 0) {
            throw new IllegalArgumentException("there is nothing to score: the text is empty");
        }
        float[] nats = nats(document(ids), 1);
        return new Score(ids.length, mean(nats, 0, nats.length), isBound(), parts(text, ids, nats));
    }

    Score continuation(String context, String text) {
        int[] given = model.tokenizer().encode(context);
        int[] ids = model.tokenizer().encode(context + text);
        if (ids.length <= given.length) {
            throw new IllegalArgumentException(
                    "there is nothing to score: '" + text + "' adds no token to its context");
        }
        float[] nats = nats(document(ids), 1 + given.length);
        double mean = mean(nats, 0, nats.length);
        return new Score(nats.length, mean, isBound(), List.of(new Score.Part(text, nats.length, mean)));
    }

    private boolean isBound() {
        return !(denoiser instanceof HybridDenoiser);
    }

    /** The boundary token and {@code ids} behind it. */
    private int[] document(int[] ids) {
        if (ids.length + 1 > model.context()) {
            throw new IllegalArgumentException("the text has " + ids.length + " tokens, but the context of "
                    + model.name() + " holds " + model.context()
                    + ", one of them for the beginning: shorten it by at least "
                    + (ids.length + 1 - model.context()) + " tokens");
        }
        int[] document = new int[ids.length + 1];
        document[0] = model.boundary();
        System.arraycopy(ids, 0, document, 1, ids.length);
        return document;
    }

    /** The negative log-likelihood of every id from {@code given} on, or its share of a bound. */
    float[] nats(int[] ids, int given) {
        if (denoiser instanceof HybridDenoiser hybrid) {
            float[] all = exact(hybrid, ids);
            return Arrays.copyOfRange(all, given - 1, all.length);
        }
        return bound(ids, given);
    }

    /** Whether there is a likelihood, or a bound on it: not where embeddings are noised in place of tokens. */
    static boolean knows(LanguageModel model) {
        return model.traits().noise() != Traits.Noise.NORMAL;
    }

    /** The whole text is hidden at once, or block by block where the model sees no later ones. */
    private float[] bound(int[] ids, int given) {
        if (!knows(model)) {
            throw new IllegalArgumentException("the model " + model.name()
                    + " denoises embeddings of words, for which no likelihood is computed; score needs a model that hides"
                    + " tokens or has an autoregressive mode");
        }
        LikelihoodBound bound = new LikelihoodBound(denoiser, draws);
        int[] first = Arrays.copyOf(ids, given);
        int[] rest = Arrays.copyOfRange(ids, given, ids.length);
        OptionalInt block = model.traits().block();
        return block.isPresent() ? bound.nats(first, rest, block.getAsInt(), seed) : bound.nats(first, rest, seed);
    }

    /** Each id given all before it. */
    private float[] exact(HybridDenoiser hybrid, int[] ids) {
        float[] nats = new float[ids.length - 1];
        Canvas canvas = Canvas.of(ids[0]);
        try {
            for (int from = 1; from < ids.length; from += PIECE) {
                int[] piece = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + PIECE));
                float[] found = judge(hybrid, canvas, piece);
                System.arraycopy(found, 0, nats, from - 1, found.length);
                canvas.truncate(from);
                canvas.pin(piece);
            }
        } finally {
            denoiser.release(canvas);
        }
        return nats;
    }

    private static float[] judge(HybridDenoiser hybrid, Canvas canvas, int[] piece) {
        int settled = canvas.length();
        canvas.extend(piece.length);
        for (int i = 0; i < piece.length; i++) {
            canvas.draft(settled + i, piece[i], 1);
        }
        try (Scope memory = Scope.inference()) {
            Tensor logits = hybrid.pass(canvas, piece.length, 0).causal().narrow(0, 0, piece.length); // (n, V)
            return Surprise.of(logits, piece);
        }
    }

    /** A token belongs to the sentence in which it ends: a space before a word goes with the word. */
    private List<Score.Part> parts(String text, int[] ids, float[] nats) {
        List<Score.Part> parts = new ArrayList<>();
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(text);
        TextStream stream = model.tokenizer().stream();
        int sentenceEnd = sentences.following(0);
        int start = 0;
        int read = 0;
        int from = 0;
        for (int i = 0; i < ids.length; i++) {
            int end = Math.min(text.length(), read + stream.push(ids[i]).length());
            if (end > sentenceEnd) {
                parts.add(new Score.Part(text.substring(start, read), i - from, mean(nats, from, i)));
                start = read;
                from = i;
                sentenceEnd = end < text.length() ? sentences.following(end - 1) : text.length();
            }
            read = end;
        }
        parts.add(new Score.Part(text.substring(start), ids.length - from, mean(nats, from, ids.length)));
        return parts;
    }

    private static double mean(float[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum / (to - from);
    }
}
