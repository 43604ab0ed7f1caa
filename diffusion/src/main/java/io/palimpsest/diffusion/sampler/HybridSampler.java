package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes text with a network that has two modes, several tokens a pass: the autoregressive mode gives the next token, the
 * diffusion mode drafts those behind it, each given the one before ({@link HybridDenoiser.Drafts}).
 *
 * <p>Drafts that are {@link Acceptance.Judged judged} wait for the next pass, which makes the next ones too (speculative
 * decoding, arXiv:2211.17192, with the model's own diffusion mode as the draft, as in TiDAR, arXiv:2511.08923). They stand up to
 * the first one that falls, by a {@link Judgement}; that one is replaced, and after the last standing one a token is drawn from
 * the model's own distribution. A draft length of 0 is autoregressive decoding.
 *
 * @param draftLength how many tokens to draft at most
 * @param acceptance which drafts become text
 * @param maxTokens the length of the text
 * @param stopIds tokens that end the text
 */
public record HybridSampler(
        HybridDenoiser denoiser,
        TokenChoice choice,
        int draftLength,
        Acceptance acceptance,
        int maxTokens,
        Set<Integer> stopIds) {

    public HybridSampler {
        if (draftLength < 0 || maxTokens < 0) {
            throw new IllegalArgumentException(
                    "draft length and number of tokens must not be negative; got " + draftLength + " and " + maxTokens);
        }
        stopIds = Set.copyOf(stopIds);
    }

    /** Appends a text to the canvas, all of whose positions must be settled and at least one there. */
    public Filled fill(Fill fill) {
        Canvas canvas = fill.canvas();
        requireSettled(canvas);
        Text text = new Text(fill, canvas.length());
        try {
            while (!text.isFinished()) {
                try (Scope memory = Scope.inference()) {
                    text.step();
                }
            }
        } finally {
            denoiser.release(canvas);
        }
        return text.filled();
    }

    private static void requireSettled(Canvas canvas) {
        if (canvas.length() == 0 || canvas.settledPrefix() < canvas.length()) {
            throw new IllegalArgumentException(
                    "the canvas of a text to continue must hold at least one position and none that is "
                            + "hidden or provisional; position " + canvas.settledPrefix() + " of " + canvas.length()
                            + " is not settled");
        }
    }

    /** One text in the making. */
    private final class Text {

        private final Fill fill;
        private final Canvas canvas;
        private final int start;
        private final List<Judgement.Draft> waiting = new ArrayList<>();
        private int passes;
        private boolean stopped;

        Text(Fill fill, int start) {
            this.fill = fill;
            this.canvas = fill.canvas();
            this.start = start;
            publish();
        }

        boolean isFinished() {
            return stopped || canvas.settledPrefix() - start >= maxTokens;
        }

        void step() {
            int settled = canvas.settledPrefix();
            HybridDenoiser.Pass pass = denoiser.pass(canvas, waiting.size(), nextDraftLength(settled));
            passes++;
            Step step = new Step(passes, 0, 0, new Span(settled, canvas.length()), 0, fill.seed());
            int accepted = commit(pass.causal(), settled, step);
            endAtStop(settled);
            waiting.clear();
            draft(pass.drafts(), accepted, step);
            publish();
        }

        /** Drafts that could not be part of the text are not asked for; behind judged ones the judge writes one itself. */
        private int nextDraftLength(int settled) {
            int next = 1; // the pass's own token, in the worst case
            return Math.max(0, Math.min(draftLength, room(settled + next)));
        }

        /** How many drafts can be part of the text behind {@code length} positions. */
        private int room(int length) {
            int left = maxTokens - (length - start);
            return acceptance instanceof Acceptance.Judged ? left - 1 : left;
        }

        /** Commits the drafts that stand and the model's own next token; the number of the former. */
        private int commit(Tensor causal, int settled, Step step) { // (drafted + 1, V)
            int[] ids = new int[waiting.size() + 1];
            int accepted = 0;
            Optional<float[]> instead = Optional.empty();
            while (accepted < waiting.size() && instead.isEmpty()) {
                instead = instead(waiting.get(accepted), row(causal, accepted), settled + accepted, step);
                if (instead.isEmpty()) {
                    ids[accepted] = waiting.get(accepted).id();
                    accepted++;
                }
            }
            Tensor next = row(causal, accepted);
            float[] weights = instead.orElseGet(() -> choice.distributions(next)[0]);
            ids[accepted] = InverseCdf.draw(weights, step.uniform(settled + accepted, Step.Use.NEXT));
            write(causal, ids, settled, accepted + 1);
            return accepted;
        }

        private Optional<float[]> instead(Judgement.Draft draft, Tensor logits, int position, Step step) { // (1, V)
            return acceptance instanceof Acceptance.Judged judged
                    ? judged.judgement().instead(draft, logits, choice, step.uniform(position, Step.Use.ACCEPT))
                    : Optional.empty();
        }

        private void write(Tensor causal, int[] ids, int settled, int count) {
            float[] confidences = Proposals.probabilities(causal, ids);
            canvas.truncate(settled);
            canvas.extend(count);
            for (int i = 0; i < count; i++) {
                canvas.commit(settled + i, ids[i], confidences[i]);
            }
        }

        private void endAtStop(int from) {
            for (int position = from; position < canvas.length() && !stopped; position++) {
                if (stopIds.contains(canvas.id(position))) {
                    canvas.truncate(position + 1);
                    stopped = true;
                }
            }
        }

        /**
         * Appends the drafts that the pass made for as many accepted ones as there were, each given the one before it, while
         * it is sure enough.
         */
        private void draft(HybridDenoiser.Drafts drafts, int accepted, Step step) {
            int wanted = Math.min(drafts.length(), room(canvas.length()));
            boolean sure = true;
            for (int i = 0; i < wanted && sure && !stopped; i++) {
                Tensor logits = drafts.logits(accepted, i, canvas.id(canvas.length() - 1)); // (1, V)
                Tensor logs = logits.toFloat().logSoftmax(-1); // (1, V)
                sure = acceptance instanceof Acceptance.Judged judged
                        ? propose(logs, judged.minConfidence(), step)
                        : acceptance instanceof Acceptance.Trusted trusted && trust(logs, trusted.threshold(), step);
            }
        }

        /** Appends one token as text, if it is probable enough. */
        private boolean trust(Tensor logs, double threshold, Step step) { // (1, V)
            int position = canvas.length();
            int id = choice.choose(logs, new int[] {position}, step)[0];
            float probability = probability(logs, id);
            boolean sure = probability > threshold;
            if (sure) {
                canvas.extend(1);
                canvas.commit(position, id, probability);
                endAtStop(position);
            }
            return sure;
        }

        /** Appends one draft for the next pass to judge, if it is worth it. */
        private boolean propose(Tensor logs, double minConfidence, Step step) { // (1, V)
            boolean worthwhile = logs.amax(-1, false).exp().toFloats()[0] >= minConfidence;
            if (worthwhile) {
                int position = canvas.length();
                float[] distribution = choice.distributions(logs)[0];
                int id = InverseCdf.draw(distribution, step.uniform(position, Step.Use.TOKEN));
                canvas.extend(1);
                canvas.draft(position, id, probability(logs, id));
                waiting.add(new Judgement.Draft(id, distribution));
            }
            return worthwhile;
        }

        private void publish() {
            CanvasFrame frame = canvas.frame(passes, passes, new Span(canvas.settledPrefix(), canvas.length()));
            fill.listener().accept(frame);
        }

        Filled filled() {
            return Filled.of(canvas, passes, passes, stopped ? Filled.Finish.STOP : Filled.Finish.LENGTH);
        }
    }

    private static Tensor row(Tensor logits, int row) { // (n, V) -> (1, V)
        return logits.narrow(0, row, 1);
    }

    private static float probability(Tensor logs, int id) { // (1, V)
        return logs.select(1, id).exp().toFloats()[0];
    }
}
