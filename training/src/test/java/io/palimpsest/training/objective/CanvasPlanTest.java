package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CanvasPlanTest {

    private static final MaskedNextToken.Settings SETTINGS =
            new MaskedNextToken.Settings(new int[] {1, 3, 8, 70}, 0.4, 0.3, 1, 2, 4);

    static LongSeeds seeds() {
        return new LongSeeds();
    }

    static final class LongSeeds implements Iterable<Long> {
        @Override
        public java.util.Iterator<Long> iterator() {
            return IntStream.range(0, 40).mapToObj(i -> (long) i).iterator();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void no_row_sees_the_token_it_predicts(long seed) {
        CanvasPlan plan = plan(seed);
        try (Scope memory = Scope.inference()) {
            boolean[][] sees = sees(plan);
            for (CanvasPlan.Target target : plan.targets()) {
                if (target.position() < plan.context()) {
                    assertThat(sees[target.row()][target.position()])
                            .as("clean token")
                            .isFalse();
                }
                for (int row = 0; row < plan.ids().length; row++) {
                    boolean same = plan.positions()[row] == target.position();
                    if (same && plan.ids()[row] != Canvas.NO_TOKEN) {
                        assertThat(sees[target.row()][plan.context() + row])
                                .as("row " + target.row() + " must not see row " + row)
                                .isFalse();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rows_see_the_clean_tokens_before_their_block_and_their_own_block(long seed) {
        CanvasPlan plan = plan(seed);
        try (Scope memory = Scope.inference()) {
            boolean[][] sees = sees(plan);
            for (CanvasPlan.Block block : plan.blocks()) {
                for (int row = block.from(); row < block.to(); row++) {
                    for (int i = 0; i < plan.context(); i++) {
                        assertThat(sees[row][i]).isEqualTo(i < block.sees());
                    }
                    for (int other = 0; other < plan.ids().length; other++) {
                        assertThat(sees[row][plan.context() + other])
                                .isEqualTo(block.from() <= other && other < block.to());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void each_row_predicts_the_token_behind_it_and_visible_rows_show_the_text(long seed) {
        Example example = example(seed);
        CanvasPlan plan = CanvasPlan.draw(example, SETTINGS, Seed.of(seed));
        for (CanvasPlan.Target target : plan.targets()) {
            assertThat(plan.positions()[target.row()]).isEqualTo(target.position() - 1);
            assertThat(target.token()).isEqualTo(example.ids()[target.position()]);
            assertThat(target.position()).isGreaterThanOrEqualTo(example.start());
        }
        for (int row = 0; row < plan.ids().length; row++) {
            if (plan.ids()[row] != Canvas.NO_TOKEN) {
                assertThat(plan.ids()[row]).isEqualTo(example.ids()[plan.positions()[row]]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_blind_target_has_nothing_visible_at_or_behind_it_in_its_block(long seed) {
        CanvasPlan plan = plan(seed);
        for (CanvasPlan.Target target : plan.targets()) {
            CanvasPlan.Block block = plan.blocks().stream()
                    .filter(b -> b.from() <= target.row() && target.row() < b.to())
                    .findFirst()
                    .orElseThrow();
            boolean visibleBehind = IntStream.range(block.from(), block.to())
                    .anyMatch(row -> plan.ids()[row] != Canvas.NO_TOKEN && plan.positions()[row] >= target.position());
            assertThat(target.blind()).isEqualTo(!visibleBehind);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void the_same_seed_draws_the_same_plan(long seed) {
        CanvasPlan again = plan(seed);
        assertThat(plan(seed).ids()).isEqualTo(again.ids());
        assertThat(plan(seed).targets()).isEqualTo(again.targets());
        assertThat(plan(seed).blocks())
                .isEqualTo(again.blocks())
                .isNotEqualTo(plan(seed + 1000).blocks());
    }

    private static boolean[][] sees(CanvasPlan plan) {
        int width = plan.context() + plan.ids().length;
        boolean[][] rows = new boolean[plan.ids().length][width];
        for (int row = 0; row < rows.length; row++) {
            Arrays.fill(rows[row], 0, plan.sees()[row], true);
            for (int other = 0; other < rows.length; other++) {
                rows[row][plan.context() + other] = plan.blockOfRow()[row] == plan.blockOfRow()[other];
            }
        }
        return rows;
    }

    private static CanvasPlan plan(long seed) {
        return CanvasPlan.draw(example(seed), SETTINGS, Seed.of(seed));
    }

    private static Example example(long seed) {
        Seed own = Seed.of(seed).child(77);
        int length = 12 + own.below(60);
        return new Example(IntStream.range(0, length).map(i -> own.below(50)).toArray(), 1 + own.below(6));
    }
}
