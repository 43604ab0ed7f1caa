package io.palimpsest.training.objective;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntBiFunction;

/**
 * The blocks laid over one sequence: which rows there are, what they see and what they must predict.
 *
 * @param ids the token of each row, or {@link Canvas#NO_TOKEN} where hidden
 * @param positions the position of each row in the sequence
 * @param blocks the rows of each block and how many clean tokens they see
 * @param targets what is predicted
 * @param context the number of clean tokens of the sequence
 * @param earlier the pass before, whose predictions are the state of hidden rows; its own rows predict nothing to be learnt
 * @param expectations for each row, the row of the earlier pass that predicted its token; -1 where none did
 */
record CanvasPlan(
        int[] ids,
        int[] positions,
        List<Block> blocks,
        List<Target> targets,
        int context,
        Optional<CanvasPlan> earlier,
        int[] expectations) {

    /** An earlier pass stands at most this many tokens further left: what one pass commits at once is rarely more. */
    private static final int MOST_COMMITTED = 4;

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

    /** A plan over the same sequence that has no rows. */
    CanvasPlan withoutRows() {
        return new CanvasPlan(new int[0], new int[0], List.of(), List.of(), context, Optional.empty(), new int[0]);
    }

    /** How many clean tokens each row sees. */
    int[] sees() { // (m)
        return ofRows((block, index) -> block.sees);
    }

    /** The block of each row; rows of a block see each other. */
    int[] blockOfRow() { // (m)
        return ofRows((block, index) -> index);
    }

    private int[] ofRows(ToIntBiFunction<Block, Integer> value) {
        int[] out = new int[ids.length];
        for (int i = 0; i < blocks.size(); i++) {
            Arrays.fill(out, blocks.get(i).from, blocks.get(i).to, value.applyAsInt(blocks.get(i), i));
        }
        return out;
    }

    private static final class Builder {
        private final Example example;
        private final MaskedNextToken.Settings settings;
        private final Seed seed;
        private final List<Integer> ids = new ArrayList<>();
        private final List<Integer> positions = new ArrayList<>();
        private final List<Block> blocks = new ArrayList<>();
        private final List<Target> targets = new ArrayList<>();
        private final List<Integer> expectations = new ArrayList<>();
        private final List<Integer> earlierPositions = new ArrayList<>();
        private final List<Block> earlierBlocks = new ArrayList<>();

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
            int[] expected = anchored ? none(length) : expectations(at, length);
            if (anchored) {
                row(at - 1, false, -1);
                target(at, hidden[0], lastVisible >= 0, -1);
            }
            for (int i = 0; i < length; i++) {
                row(at + i, hidden[i], expected[i]);
                boolean unseen = i + 1 < length ? hidden[i + 1] : right == 0;
                int offset = full && !anchored ? i + 1 : -1;
                target(at + i + 1, unseen, lastVisible > i, offset);
            }
            for (int i = 0; i < right; i++) {
                row(at + length + i, false, -1);
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

        private void row(int position, boolean hidden, int expectation) {
            ids.add(hidden ? Canvas.NO_TOKEN : example.ids()[position]);
            positions.add(position);
            expectations.add(expectation);
        }

        /**
         * The rows of the pass before that predicted the tokens of a fully hidden block at {@code at}: in decoding a block of the
         * same length stood some tokens further left, as many as have been committed since.
         */
        private int[] expectations(int at, int length) {
            int[] expected = none(length);
            if (settings.stated() == 0 || seed.uniform() >= settings.stated() || at < 2 || length < 2) {
                return expected; // a single row predicts what the next pass has as its first clean row
            }
            int start = at - 1 - seed.below(Math.min(MOST_COMMITTED, at - 1));
            int from = earlierPositions.size();
            for (int i = 0; i < length; i++) {
                earlierPositions.add(start + i);
                int behind = start + i + 1 - at; // the row predicts the token behind it
                if (behind >= 0 && behind < length) {
                    expected[behind] = from + i;
                }
            }
            earlierBlocks.add(new Block(from, from + length, start));
            return expected;
        }

        private static int[] none(int length) {
            int[] none = new int[length];
            Arrays.fill(none, -1);
            return none;
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
                    array(ids),
                    array(positions),
                    blocks,
                    targets,
                    example.ids().length,
                    earlier(),
                    array(expectations));
        }

        private Optional<CanvasPlan> earlier() {
            int rows = earlierPositions.size();
            int[] hidden = new int[rows];
            Arrays.fill(hidden, Canvas.NO_TOKEN);
            return rows == 0
                    ? Optional.empty()
                    : Optional.of(new CanvasPlan(
                            hidden,
                            array(earlierPositions),
                            earlierBlocks,
                            List.of(),
                            example.ids().length,
                            Optional.empty(),
                            none(rows)));
        }

        private static int[] array(List<Integer> values) {
            return values.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
