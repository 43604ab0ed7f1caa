package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.List;

/**
 * Masked diffusion on a mask and on its complement: each token is learnt once for each text that is drawn, and the two losses
 * vary against each other (complementary masks, LLaDA 2.0's technical report).
 *
 * <p>What is hidden at time t under the linear schedule is, complemented, hidden as at time 1 - t, so each half is the bound of
 * {@link MaskedDiffusion}.
 *
 * @param times within 0 and 1, both excluded
 */
public record ComplementaryMasks(TimedNetwork network, int mask, Times times) implements Objective {

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        NoiseSchedule linear = NoiseSchedule.linear();
        MaskedDiffusion masked =
                new MaskedDiffusion(network, mask, new Masking.Alike(linear), times, Weighting.bound(), false);
        Noised drawn = Noised.draw(Texts.pack(batch), new Masking.Alike(linear), times, seed);
        Loss first = masked.loss(drawn);
        Loss second = masked.loss(complement(drawn));
        return Loss.of(first.value().add(second.value()).div(2), first.targets());
    }

    /** The same texts with what was visible hidden and the other way round. */
    static Noised complement(Noised noised) {
        Texts texts = noised.texts();
        boolean[] hidden = new boolean[noised.hidden().length];
        float[] bound = new float[hidden.length];
        for (Texts.Part part : texts.parts()) {
            Times.Time time = noised.times().get(part.row());
            for (int i = part.example().start(); i < part.length(); i++) {
                int cell = texts.cell(part, i);
                hidden[cell] = !noised.hidden()[cell];
                bound[cell] = (float) (time.weight() / (1 - time.t()));
            }
        }
        List<Times.Time> times = new ArrayList<>();
        noised.times().forEach(time -> times.add(new Times.Time(1 - time.t(), time.weight())));
        return new Noised(texts, hidden, bound, times);
    }
}
