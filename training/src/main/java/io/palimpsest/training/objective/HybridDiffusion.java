package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.ReplacementNoise;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.List;

/**
 * Diffusion by noise that swaps tokens as well as hiding them: every position is predicted, since any may be wrong.
 *
 * <pre>-log p(x) ≤ E over t, z of w_t(z) · [ KL(q_t(·|x) ‖ q_t(·|x_θ)) + IS(q_t(z|x) ‖ q_t(z|x_θ)) ]</pre>
 *
 * <p>with {@code w_t(z) = r_t(z) / q_t(z|x)}, where r is the rate of jumps into z, and {@code IS(a ‖ b) = a/b - log(a/b) - 1}
 * (GIDD, arXiv:2503.04482). Under masks alone it is {@link MaskedDiffusion}; under uniform noise
 * the bound of UDLM (arXiv:2412.10193).
 *
 * <p>The bound is tight where {@code q_t(y|x_θ) / q_t(z|x_θ)} is the ratio of the true marginals: a network that is perfect
 * predicts each token from the others and not from what stands in its own place.
 *
 * @param mask the id of the mask, which must be the vocabulary's last
 * @param noise what becomes of tokens
 * @param times when; strictly between 0 and 1
 */
public record HybridDiffusion(TimedNetwork network, int mask, ReplacementNoise noise, Times times)
        implements Objective {

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        Texts texts = Texts.pack(batch);
        List<Times.Time> drawn = times.draw(texts.rows(), seed.child(0));
        int[] seen = texts.ids();
        for (int p = 0; p < texts.parts().size(); p++) {
            Texts.Part part = texts.parts().get(p);
            ReplacementNoise.Marginal m = noise.at(drawn.get(part.row()).t());
            Seed own = seed.child(1 + p);
            for (int i = part.example().start(); i < part.length(); i++) {
                int cell = texts.cell(part, i);
                double u = own.uniform();
                seen[cell] = u < m.alpha() ? seen[cell] : u < m.alpha() + m.mask() ? mask : own.below(mask);
            }
        }
        return loss(texts, seen, drawn);
    }

    /** The loss where {@code seen}, B * T, is what became of the texts. */
    Loss loss(Texts texts, int[] seen, List<Times.Time> at) {
        Targets targets = new Targets();
        List<Term> terms = new ArrayList<>();
        for (Texts.Part part : texts.parts()) {
            Times.Time time = at.get(part.row());
            ReplacementNoise.Marginal m = noise.at(time.t());
            for (int i = part.example().start(); i < part.length(); i++) {
                int cell = texts.cell(part, i);
                int token = part.example().ids()[i];
                targets.add(cell, token, time.weight());
                terms.add(Term.of(m, seen[cell], token, mask));
            }
        }
        Tensor logits = network.logits(
                Tensor.ids(seen, texts.rows(), texts.length()),
                MaskedDiffusion.sigma(at),
                texts.positions(),
                texts.attendAll());
        Tensor own = targets.logits(logits, -1).narrow(1, 0, mask); // (K, N): no clean text holds the mask
        return targets.loss(bound(own, targets, terms), texts.learnt());
    }

    /** What the bound needs to know of one position. */
    private record Term(double alpha, double each, double logOwn, double weight, int seen, boolean swapped) {

        static Term of(ReplacementNoise.Marginal m, int seen, int token, int mask) {
            boolean hidden = seen == mask;
            double own = hidden ? m.mask() : m.each() + (seen == token ? m.alpha() : 0); // q_t(z|x)
            double rate = hidden ? m.maskRate() : m.eachRate();
            return new Term(m.alpha(), m.each(), Math.log(own), rate / own, hidden ? 0 : seen, !hidden);
        }

        /** The part of the divergence that does not depend on the network: -Σ of q log q, but for its sign. */
        double constant(int tokens) {
            return (tokens - 1) * times(each) + times(alpha + each);
        }

        private static double times(double q) {
            return q == 0 ? 0 : q * Math.log(q);
        }
    }

    /** The bound of each position. */
    private static Tensor bound(Tensor logits, Targets targets, List<Term> terms) { // (K, N) -> (K)
        int tokens = (int) logits.size(1);
        Tensor alpha = column(terms.stream().mapToDouble(Term::alpha).toArray(), logits);
        Tensor each = column(terms.stream().mapToDouble(Term::each).toArray(), logits);
        Tensor q = logits.logSoftmax(-1).add(alpha.log()).logAddExp(each.log()); // (K, N) log q_t(y|x_θ)
        Tensor own = q.gather(1, targets.tokens().unsqueeze(1)).squeeze(1);
        Tensor divergence = column(
                        terms.stream().mapToDouble(t -> t.constant(tokens)).toArray(), logits)
                .squeeze(1)
                .sub(q.sum(1).mul(each.squeeze(1)))
                .sub(own.mul(alpha.squeeze(1)));
        Tensor seen = Tensor.ids(terms.stream().mapToInt(Term::seen).toArray()).unsqueeze(1);
        Tensor ratio = column(
                        terms.stream()
                                .mapToDouble(t -> t.swapped ? t.logOwn : 0)
                                .toArray(),
                        logits)
                .sub(q.gather(1, seen))
                .squeeze(1); // log a - log b
        Tensor swapped = column(
                        terms.stream().mapToDouble(t -> t.swapped ? 1 : 0).toArray(), logits)
                .squeeze(1);
        Tensor saito = ratio.exp().sub(ratio).sub(1).mul(swapped);
        Tensor weight = column(terms.stream().mapToDouble(Term::weight).toArray(), logits)
                .squeeze(1);
        return divergence.add(saito).mul(weight);
    }

    private static Tensor column(double[] values, Tensor like) { // (K, 1)
        return Tensor.of(values).to(like.dtype()).unsqueeze(1);
    }
}
