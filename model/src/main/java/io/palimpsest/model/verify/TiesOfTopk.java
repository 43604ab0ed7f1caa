package io.palimpsest.model.verify;

import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Proposals;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;

/**
 * The surest of a row of {@code width} positions in which only proposals have a score, as libtorch finds them: where a cut
 * leaves several positions a single token, their confidences are equal, and its choice among equals is the recorded one.
 */
record TiesOfTopk(Quota quota, Confidence confidence, int width) implements Unmasking {

    @Override
    public int[] choose(Proposals proposals) {
        int count = Math.min(quota.of(proposals.step(), proposals.size()), proposals.size());
        if (count <= 0) {
            return new int[0];
        }
        float[] scores = confidence.of(proposals);
        float[] row = new float[width];
        int[] proposal = new int[width];
        Arrays.fill(row, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < scores.length; i++) {
            row[proposals.position(i)] = scores[i];
            proposal[proposals.position(i)] = i;
        }
        int[] top = Tensor.of(row).topk(count, -1).indices().toInts();
        return Arrays.stream(top).map(position -> proposal[position]).toArray();
    }
}
