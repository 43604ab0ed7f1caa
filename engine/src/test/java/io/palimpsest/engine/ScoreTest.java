package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreTest {

    private static final String TEXT = "the lighthouse keeper wrote a letter";

    private static Engine open(String fixture) {
        Path fixtures =
                Path.of("..", "model", "src", "test", "resources", "io", "palimpsest", "model", "verify", "fixtures");
        return Engine.open(fixtures.resolve(fixture), Options.defaults().precision(Precision.FP32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llada/dense_mha", "dream/gqa_untied", "sdar/gqa", "llada2_moe/mini_bf16_sharded"})
    void a_model_without_an_autoregressive_mode_scores_by_a_bound(String fixture) {
        try (Engine engine = open(fixture)) {
            Score score = engine.score(TEXT, 8, 1);
            assertThat(score.bound()).isTrue();
            assertThat(score.natsPerToken()).isPositive().isFinite();
            assertThat(engine.score(TEXT, 8, 1)).isEqualTo(score);
            assertThat(engine.score(TEXT, 8, 2).natsPerToken()).isNotEqualTo(score.natsPerToken());
        }
    }

    @Test
    void one_token_needs_no_estimate() {
        try (Engine engine = open("llada/dense_mha")) {
            Score once = engine.score("a", 1, 1);
            assertThat(once.tokens()).isEqualTo(1);
            assertThat(engine.score("a", 32, 2).natsPerToken()).isCloseTo(once.natsPerToken(), Offset.offset(1e-5));
        }
    }

    @Test
    void more_draws_scatter_less() {
        try (Engine engine = open("llada/dense_mha")) {
            assertThat(scatter(engine, 64)).isLessThan(scatter(engine, 2));
        }
    }

    @Test
    void a_continuation_is_scored_alone_behind_its_context() {
        try (Engine engine = open("sdar/gqa")) {
            Score whole = engine.score(TEXT, 8, 1);
            Score end = engine.continuation("the lighthouse keeper", " wrote a letter", 8, 1);
            Score nothing = engine.continuation("", TEXT, 8, 1);
            assertThat(end.tokens()).isPositive().isLessThan(whole.tokens());
            assertThat(nothing.natsPerToken()).isEqualTo(whole.natsPerToken());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.continuation(TEXT, "", 8, 1))
                    .withMessageContaining("nothing to score");
        }
    }

    private static double scatter(Engine engine, int draws) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int seed = 0; seed < 8; seed++) {
            double nats = engine.score(TEXT, draws, seed).natsPerToken();
            least = Math.min(least, nats);
            most = Math.max(most, nats);
        }
        return most - least;
    }
}
