package io.palimpsest.model.architecture;

import io.palimpsest.tensor.Tensor;

/** Numbers as waves of many lengths, cosines before sines: how networks are told times (arXiv:2006.11239). */
public final class Sinusoids {

    private static final double LONGEST = 10000;

    private Sinusoids() {}

    /** {@code width} numbers for each of {@code times}; an odd width ends with 0. */
    public static Tensor of(Tensor times, int width) { // (B) -> (B, width)
        float[] frequencies = new float[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.exp(-Math.log(LONGEST) * i / frequencies.length);
        }
        Tensor angle = times.unsqueeze(1).mul(Tensor.of(frequencies).unsqueeze(0)); // (B, width / 2)
        Tensor waves = Tensor.cat(angle.cos(), angle.sin(), 1);
        return width % 2 == 0 ? waves : Tensor.cat(waves, Tensor.zeros(times.size(0), 1), 1);
    }
}
