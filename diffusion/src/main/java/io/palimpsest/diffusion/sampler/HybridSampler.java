package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Writes text with a network that has two modes, several tokens a pass: the autoregressive mode gives the next token, the
 * diffusion mode drafts those behind it, each given the one before ({@link HybridDenoiser.Drafts}).
 *
 * <p>Drafts that are {@link Acceptance.Judged judged} wait for the next pass, which makes the next ones too (speculative
 * decoding, arXiv:2211.17192, with the model's own diffusion mode as the draft, as in TiDAR, arXiv:2511.08923). A draft x from distribution q stays with probability min(1, p(x) / q(x)), where p is the model's distribution under
 * the same temperature and nucleus; the first one that falls is replaced by a draw from (p - q)⁺, and after the last
 * standing one a token is drawn from p. The text therefore has exactly the distribution of autoregressive sampling. Under
 * greedy choice p and q have one token each, and the same rule gives the same tokens as autoregressive decoding. A draft
 * length of 0 is autoregressive decoding.
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
        private float[][] draftedFrom = new float[0][];
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
            HybridDenoiser.Pass pass = denoiser.pass(canvas, draftedFrom.length, nextDraftLength(settled));
            passes++;
            Step step = new Step(passes, 0, 0, new Span(settled, canvas.length()), 0, fill.seed());
            int accepted = judge(pass.causal(), settled, step);
            endAtStop(settled);
            draftedFrom = new float[0][];
            if (!isFinished()) {
                if (acceptance instanceof Acceptance.Judged judged) {
                    draft(pass.drafts(), accepted, judged.minConfidence(), step);
                } else if (acceptance instanceof Acceptance.Trusted trusted) {
                    trust(pass.drafts(), accepted, trusted.threshold(), step);
                }
            }
            publish();
        }

        /** Drafts that could not be part of the text are not asked for; behind judged ones the judge writes one itself. */
        private int nextDraftLength(int settled) {
            int afterNext = maxTokens - (settled - start) - 1; // of the pass's own token, in the worst case
            int room = acceptance instanceof Acceptance.Judged ? afterNext - 1 : afterNext;
            return Math.max(0, Math.min(draftLength, room));
        }

        /** Commits the drafts that stand and the model's own next token; the number of the former. */
        private int judge(Tensor causal, int settled, Step step) { // (drafted + 1, V)
            float[][] p = choice.distributions(causal);
            int drafted = draftedFrom.length;
            int[] ids = new int[drafted + 1];
            int accepted = 0;
            while (accepted < drafted && stands(p[accepted], accepted, settled + accepted, step)) {
                ids[accepted] = canvas.id(settled + accepted);
                accepted++;
            }
            float[] weights = accepted < drafted ? residual(p[accepted], draftedFrom[accepted]) : p[accepted];
            ids[accepted] = InverseCdf.draw(weights, step.uniform(settled + accepted, Step.Use.NEXT));
            commit(causal, ids, settled, accepted + 1);
            return accepted;
        }

        private boolean stands(float[] p, int draft, int position, Step step) {
            int id = canvas.id(position);
            return step.uniform(position, Step.Use.ACCEPT) * draftedFrom[draft][id] < p[id];
        }

        private void commit(Tensor causal, int[] ids, int settled, int count) {
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

        /** Appends the drafts that the pass made for as many accepted ones as there were, each given the one before it. */
        private void draft(HybridDenoiser.Drafts drafts, int accepted, double minConfidence, Step step) {
            int wanted = Math.min(drafts.length(), maxTokens - (canvas.length() - start) - 1);
            List<float[]> from = new ArrayList<>();
            boolean worthwhile = true;
            while (worthwhile && from.size() < wanted) {
                Tensor logits = drafts.logits(accepted, from.size(), canvas.id(canvas.length() - 1)); // (1, V)
                int[] best = logits.argmax(-1).toInts();
                float confidence = Proposals.probabilities(logits, best)[0];
                worthwhile = confidence >= minConfidence;
                if (worthwhile) {
                    from.add(write(logits, best[0], confidence, step));
                }
            }
            draftedFrom = from.toArray(float[][]::new);
        }

        /** Appends what the pass is sure enough of, as text. */
        private void trust(HybridDenoiser.Drafts drafts, int accepted, double threshold, Step step) {
            int wanted = Math.min(drafts.length(), maxTokens - (canvas.length() - start));
            boolean sure = true;
            for (int i = 0; i < wanted && sure && !stopped; i++) {
                int position = canvas.length();
                Tensor logits = drafts.logits(accepted, i, canvas.id(position - 1)); // (1, V)
                int id = choice.choose(logits, new int[] {position}, step)[0];
                float probability = Proposals.probabilities(logits, new int[] {id})[0];
                sure = probability > threshold;
                if (sure) {
                    canvas.extend(1);
                    canvas.commit(position, id, probability);
                    endAtStop(position);
                }
            }
        }

        /** Appends one draft; the distribution it was drawn from. */
        private float[] write(Tensor logits, int best, float confidence, Step step) { // (1, V)
            int position = canvas.length();
            float[] distribution = choice.distributions(logits)[0];
            int id = InverseCdf.draw(distribution, step.uniform(position, Step.Use.TOKEN));
            canvas.extend(1);
            canvas.draft(position, id, id == best ? confidence : Proposals.probabilities(logits, new int[] {id})[0]);
            return distribution;
        }

        private void publish() {
            CanvasFrame frame = canvas.frame(passes, passes, new Span(canvas.settledPrefix(), canvas.length()));
            fill.listener().accept(frame);
        }

        Filled filled() {
            return Filled.of(canvas, passes, passes, stopped ? Filled.Finish.STOP : Filled.Finish.LENGTH);
        }
    }

    /** (p - q)⁺; p itself where rounding leaves nothing of it. */
    static float[] residual(float[] p, float[] q) {
        float[] residual = new float[p.length];
        double sum = 0;
        for (int id = 0; id < p.length; id++) {
            residual[id] = p[id] > q[id] ? p[id] - q[id] : 0;
            sum += residual[id];
        }
        return sum > 0 ? residual : p;
    }
}
