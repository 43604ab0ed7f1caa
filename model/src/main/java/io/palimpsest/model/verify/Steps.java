package io.palimpsest.model.verify;

import io.palimpsest.diffusion.sampler.GumbelMax;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.architecture.Sinusoids;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/** Single steps of samplers and networks. */
final class Steps {

    private Steps() {}

    /** A token drawn with recorded uniform numbers, as LLaDA does at a temperature. */
    static void gumbel(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Tensor uniform = test.tensor(test.oneOf("uniform", "uniforms", "noise", "rand", "random", "u"));
        Tensor logits = test.has("logits") ? test.tensor("logits") : logits(subject, test);
        int[] chosen =
                GumbelMax.choose(logits, uniform, test.number("temperature", 1)).toInts();
        for (String role : test.outputs()) {
            if (test.tensor(role).dtype() == DType.I32 || test.tensor(role).dtype() == DType.I64) {
                comparison.exact(role, chosen, test.ints(role));
            }
        }
    }

    private static Tensor logits(Replay.Subject subject, RecordedTest test) {
        int[][] ids = test.rows("input_ids");
        int length = ids[0].length;
        return subject.model().network().logits(Ids.tensor(ids), Ids.positions(ids.length, length), Attend.all(length));
    }

    /** Times as vectors: the waves alone, what the network makes of them, and that as it conditions the blocks. */
    static void times(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        Dit network = Likelihoods.dit(subject);
        Tensor sigma = LogitsReplay.sigma(test).orElseThrow(() -> new UnsupportedTestException("it records no times"));
        for (String role : test.outputs()) {
            if (test.shape(role)[test.shape(role).length - 1] == Dit.TimeEmbedding.WIDTH) {
                comparison.floats(role, Sinusoids.of(sigma, Dit.TimeEmbedding.WIDTH));
            } else {
                Tensor embedded = network.time()
                        .orElseThrow(() -> new UnsupportedTestException("the network is not told times"))
                        .forward(sigma);
                boolean conditions =
                        List.of("c", "cond", "condition", "silu", "t_cond").contains(role);
                comparison.floats(role, conditions ? embedded.silu() : embedded);
            }
        }
    }
}
