package io.palimpsest.training.objective;

import io.palimpsest.diffusion.noise.Masking;
import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Block diffusion: masked diffusion of each block given the clean text before it.
 *
 * <pre>-log p(x) ≤ Σ over blocks b of L(x_b | x_1 .. x_{b-1})</pre>
 *
 * <p>All blocks are learnt in one pass (BD3-LM, arXiv:2503.09573, section 3.1): the noised text
 * and the clean one stand behind each other in 2 T rows; a noised block sees itself and the clean blocks before it, a clean
 * block itself and those before it. Each block has a time of its own. Block length 1 is autoregression, the whole text {@link
 * MaskedDiffusion}.
 *
 * @param mask the id that stands at hidden positions
 * @param lengths how long blocks are, counted from the first position of a text
 * @param schedule how much is hidden; a clipped one lowers the variance of gradients
 */
public record BlockDiffusion(TimedNetwork network, int mask, BlockLengths lengths, NoiseSchedule schedule)
        implements Objective {

    /** The likelihood bound with blocks of {@code block}. */
    public static BlockDiffusion likelihood(TimedNetwork network, int mask, int block) {
        return new BlockDiffusion(network, mask, new BlockLengths.Mixed(List.of(block)), NoiseSchedule.linear());
    }

    @Override
    public Objective after(double share) {
        return new BlockDiffusion(network, mask, lengths.after(share), schedule);
    }

    @Override
    public Loss loss(List<Example> batch, Seed seed) {
        int block = lengths.draw(seed.child(0));
        return loss(draw(Texts.pack(batch), block, seed.child(1)), block);
    }

    /** Hides tokens of each block at a time of its own; times are antithetic over all blocks of the batch. */
    private Noised draw(Texts texts, int block, Seed seed) {
        boolean[] hidden = new boolean[texts.rows() * texts.length()];
        float[] bound = new float[hidden.length];
        int blocks = texts.parts().stream()
                .mapToInt(part -> (part.length() + block - 1) / block)
                .sum();
        List<Times.Time> times = Times.antithetic(MaskedDiffusion.EARLIEST).draw(blocks, seed);
        int[] order = shuffled(blocks, seed.child(0));
        Masking masking = new Masking.Alike(schedule);
        int number = 0;
        for (Texts.Part part : texts.parts()) {
            for (int from = 0; from < part.length(); from += block) {
                int first = Math.max(from, part.example().start());
                int end = Math.min(from + block, part.length());
                double t = times.get(order[number]).t();
                if (first < end) {
                    int[] learnt = Arrays.copyOfRange(part.example().ids(), first, end);
                    Masking.Hidden own = masking.draw(learnt, t, seed.child(1 + number));
                    System.arraycopy(own.hidden(), 0, hidden, texts.cell(part, first), learnt.length);
                    System.arraycopy(own.weights(), 0, bound, texts.cell(part, first), learnt.length);
                }
                number++;
            }
        }
        return new Noised(texts, hidden, bound, List.of());
    }

    /** Times in order would put all early ones into the first texts. */
    private static int[] shuffled(int count, Seed seed) {
        int[] order = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = seed.below(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }

    Loss loss(Noised noised, int block) {
        Targets targets = targets(noised);
        int learnt = noised.texts().learnt();
        return targets.isEmpty()
                ? Loss.none(learnt)
                : targets.loss(targets.nats(targets.logits(logits(noised, block), mask)), learnt);
    }

    /** The hidden tokens, each predicted by its row in the noised half. */
    Targets targets(Noised noised) {
        Texts texts = noised.texts();
        Targets targets = new Targets();
        for (Texts.Part part : texts.parts()) {
            for (int i = 0; i < part.length(); i++) {
                int cell = texts.cell(part, i);
                if (noised.hidden()[cell]) { // a row of logits is twice as long as a row of texts
                    targets.add(
                            cell + part.row() * texts.length(), part.example().ids()[i], noised.bound()[cell]);
                }
            }
        }
        return targets;
    }

    /** The logits of the noised half, then those of the clean one. */
    Tensor logits(Noised noised, int block) { // -> (B, 2 T, V)
        Texts texts = noised.texts();
        Tensor clean = Tensor.ids(texts.ids(), texts.rows(), texts.length());
        int[] positions = texts.positions();
        int[] both = new int[2 * positions.length];
        for (int row = 0; row < texts.rows(); row++) {
            int from = row * texts.length();
            System.arraycopy(positions, from, both, 2 * from, texts.length());
            System.arraycopy(positions, from, both, 2 * from + texts.length(), texts.length());
        }
        return network.logits(
                Tensor.cat(noised.ids(mask), clean, 1), Tensor.zeros(texts.rows()), both, attend(texts, block));
    }

    private static Attend attend(Texts texts, int block) {
        int length = texts.length();
        if (texts.isPlain()) {
            return Attend.under(Sight.blockDiffusion(length, block));
        }
        int[] owners = texts.owners();
        int[] blocks = Arrays.stream(texts.positions()).map(p -> p / block).toArray();
        return Attend.under(Sight.of(texts.rows(), 2 * length, (row, i, j) -> {
            int a = row * length + i % length;
            int b = row * length + j % length;
            return owners[a] == owners[b]
                    && owners[a] >= 0
                    && Sight.blockDiffusion(i < length, blocks[a], j < length, blocks[b]);
        }));
    }
}
