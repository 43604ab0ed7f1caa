package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Texts with some of their tokens hidden.
 *
 * @param hidden which cells are hidden, B * T
 * @param bound what each cell weighs in the likelihood bound, B * T
 * @param times one a row
 */
record Noised(Texts texts, boolean[] hidden, float[] bound, List<Times.Time> times) {

    /** Hides tokens that are to be learnt, in each row at a time of its own. */
    static Noised draw(Texts texts, Masking masking, Times times, Seed seed) {
        List<Times.Time> drawn = times.draw(texts.rows(), seed.child(0));
        boolean[] hidden = new boolean[texts.rows() * texts.length()];
        float[] bound = new float[hidden.length];
        for (int p = 0; p < texts.parts().size(); p++) {
            Texts.Part part = texts.parts().get(p);
            Times.Time time = drawn.get(part.row());
            int start = part.example().start();
            int[] learnt = Arrays.copyOfRange(part.example().ids(), start, part.length());
            Masking.Hidden own = masking.draw(learnt, time.t(), seed.child(1 + p));
            int at = texts.cell(part, start);
            for (int i = 0; i < learnt.length; i++) {
                hidden[at + i] = own.hidden()[i];
                bound[at + i] = (float) (own.weights()[i] * time.weight());
            }
        }
        return new Noised(texts, hidden, bound, drawn);
    }

    /** What the network sees. */
    Tensor ids(int mask) { // (B, T)
        int[] ids = texts.ids();
        for (int i = 0; i < ids.length; i++) {
            ids[i] = hidden[i] ? mask : ids[i];
        }
        return Tensor.ids(ids, texts.rows(), texts.length());
    }

    /**
     * The hidden tokens, each predicted by its own row.
     *
     * @param perText whether all texts count alike, and not all tokens
     */
    Targets targets(Weighting weighting, boolean perText) {
        Targets targets = new Targets();
        double mean = texts.learnt() / (double) texts.parts().size();
        for (Texts.Part part : texts.parts()) {
            int from = texts.cell(part, 0);
            float[] weights = weighting.of(
                    Arrays.copyOfRange(hidden, from, from + part.length()),
                    Arrays.copyOfRange(bound, from, from + part.length()));
            double share = perText ? mean / (part.length() - part.example().start()) : 1;
            for (int i = 0; i < part.length(); i++) {
                if (hidden[from + i]) {
                    targets.add(from + i, part.example().ids()[i], share * weights[i]);
                }
            }
        }
        return targets;
    }
}
