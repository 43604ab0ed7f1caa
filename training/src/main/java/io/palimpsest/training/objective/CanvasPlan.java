package io.palimpsest.training.objective;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The blocks laid over one sequence: which rows there are, what they see and what they must predict.
 *
 * @param ids the token of each row, or {@link Canvas#NO_TOKEN} where hidden
 * @param positions the position of each row in the sequence
 * @param blocks the rows of each block and how many clean tokens they see
 * @param targets what is predicted
 * @param context the number of clean tokens of the sequence
 */
record CanvasPlan(int[] ids, int[] positions, List<Block> blocks, List<Target> targets, int context) {

    /** Rows {@code from .. to - 1}, which see each other and the clean tokens before position {@code sees}. */
    record Block(int from, int to, int sees) {}

    /**
     * A token to predict.
     *
     * @param row the row that predicts it
     * @param position where the token stands in the sequence
     * @param previous the token before it where the row's own position is hidden; {@link Canvas#NO_TOKEN} where it is seen
     * @param blind whether the row sees nothing at or behind that position
     * @param offset how many unseen tokens lie between it and the clean context, in a fully hidden block that sees nothing to
     *     its right; -1 elsewhere
     */
    record Target(int row, int position, int token, int previous, boolean blind, int offset) {}

    static CanvasPlan draw(Example example, MaskedNextToken.Settings settings, Seed seed) {
        Builder plan = new Builder(example, settings, seed);
        for (int i = 0; i < settings.tilings(); i++) {
            plan.tile();
        }
        return plan.build();
    }

    /** True where a row (first) may see a clean token or another row (second). */
    Tensor mask() { // (m, n + m)
        int m = ids.length;
        int width = context + m;
        boolean[] sees = new boolean[m * width];
        for (Block block : blocks) {
            for (int row = block.from; row < block.to; row++) {
                int at = row * width;
                Arrays.fill(sees, at, at + block.sees, true);
                Arrays.fill(sees, at + context + block.from, at + context + block.to, true);
            }
        }
        return Tensor.of(sees, m, width);
    }

    private static final class Builder {
        private final Example example;
        private final MaskedNextToken.Settings settings;
        private final Seed seed;
        private final List<Integer> ids = new ArrayList<>();
        private final List<Integer> positions = new ArrayList<>();
        private final List<Block> blocks = new ArrayList<>();
        private final List<Target> targets = new ArrayList<>();

        Builder(Example example, MaskedNextToken.Settings settings, Seed seed) {
            this.example = example;
            this.settings = settings;
            this.seed = seed;
        }

        /** Lays blocks over the whole sequence once, beginning anywhere. */
        void tile() {
            int[] lengths = settings.lengths();
            int end = example.ids().length - 1; // the last token is predicted, not looked at
            int at = Math.max(1, example.start() - seed.below(lengths[0]));
            while (at < end) {
                int length = Math.min(lengths[seed.below(lengths.length)], end - at);
                add(at, length);
                at += length;
            }
        }

        /** A block whose rows stand at {@code at .. at + length - 1} and predict the tokens behind each. */
        void add(int at, int length) {
            boolean full = seed.uniform() < settings.fullyHidden();
            double share = full ? 1 : seed.uniform();
            boolean[] hidden = new boolean[length];
            for (int i = 0; i < length; i++) {
                hidden[i] = full || seed.uniform() < share;
            }
            int right = seed.uniform() < settings.rightContext() ? right(at + length) : 0;
            int lastVisible = right > 0 ? length : last(hidden, false); // relative; -1 where all is hidden
            boolean anchored = lastVisible >= 0;
            int from = ids.size();
            if (anchored) {
                row(at - 1, false);
                target(at, hidden[0], lastVisible >= 0, -1);
            }
            for (int i = 0; i < length; i++) {
                row(at + i, hidden[i]);
                boolean unseen = i + 1 < length ? hidden[i + 1] : right == 0;
                int offset = full && !anchored ? i + 1 : -1;
                target(at + i + 1, unseen, lastVisible > i, offset);
            }
            for (int i = 0; i < right; i++) {
                row(at + length + i, false);
            }
            blocks.add(new Block(from, ids.size(), at));
        }

        private int right(int end) {
            int most = Math.min(GatedLlama.RIGHT_CONTEXT, example.ids().length - end);
            return most <= 0 ? 0 : 1 + Math.min(seed.below(most), seed.below(most)); // short ones cost less
        }

        private static int last(boolean[] hidden, boolean wanted) {
            int i = hidden.length - 1;
            while (i >= 0 && hidden[i] != wanted) {
                i--;
            }
            return i;
        }

        private void row(int position, boolean hidden) {
            ids.add(hidden ? Canvas.NO_TOKEN : example.ids()[position]);
            positions.add(position);
        }

        /** The token at {@code position}, predicted by the row just added. */
        private void target(int position, boolean unseen, boolean seesBehind, int offset) {
            if (unseen && position >= example.start() && position < example.ids().length) {
                int row = ids.size() - 1;
                int previous = ids.get(row) == Canvas.NO_TOKEN ? example.ids()[position - 1] : Canvas.NO_TOKEN;
                targets.add(new Target(row, position, example.ids()[position], previous, !seesBehind, offset));
            }
        }

        CanvasPlan build() {
            return new CanvasPlan(
                    ids.stream().mapToInt(Integer::intValue).toArray(),
                    positions.stream().mapToInt(Integer::intValue).toArray(),
                    blocks,
                    targets,
                    example.ids().length);
        }
    }
}
