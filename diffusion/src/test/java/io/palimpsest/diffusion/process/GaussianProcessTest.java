package io.palimpsest.diffusion.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GaussianProcessTest {

    private static final long[] SHAPE = {2, 3, 4};

    private final Seed seed = Seed.of(7);

    private Tensor random(int label) {
        return Tensor.randn(seed.child(label), SHAPE);
    }

    @ParameterizedTest
    @EnumSource(GaussianSchedule.class)
    void the_signal_only_fades_and_is_nearly_gone_at_the_end(GaussianSchedule schedule) {
        GaussianProcess process = GaussianProcess.of(schedule, 200);
        assertThat(IntStream.range(0, 200)).allMatch(t -> process.alphaBar(t) < process.alphaBar(t - 1));
        assertThat(process.alphaBar(199)).isLessThan(1e-3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "5,3", "ddim20", "1", "200"})
    void fewer_steps_keep_what_is_left_of_the_signal_at_theirs(String spacing) {
        GaussianProcess all = GaussianProcess.of(GaussianSchedule.SQRT, 200);
        GaussianProcess fewer = all.respaced(spacing);
        for (int t = 0; t < fewer.steps(); t++) {
            assertThat(fewer.alphaBar(t)).isCloseTo(all.alphaBar(fewer.original(t)), Offset.offset(1e-12));
            assertThat(fewer.told(t)).isEqualTo(all.told(fewer.original(t)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"201", "ddim150", "many", "150,10"})
    void steps_that_there_are_not_are_refused(String spacing) {
        GaussianProcess process = GaussianProcess.of(GaussianSchedule.SQRT, 200);
        assertThatThrownBy(() -> process.respaced(spacing)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_noise_between_both_ends_is_found_again() {
        try (Scope memory = Scope.inference()) {
            GaussianProcess process = GaussianProcess.of(GaussianSchedule.SQRT, 50);
            Tensor noise = random(1);
            Tensor xt = process.diffuse(random(2), noise, 20);
            assertThat(process.noise(random(2), xt, 20).toFloats())
                    .containsExactly(noise.toFloats(), Offset.offset(1e-4f));
        }
    }

    /** DDIM's section 4.1: with eta 1 its step is the posterior of DDPM. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 49})
    void an_implicit_step_that_draws_all_noise_is_an_ancestral_one(int step) {
        try (Scope memory = Scope.inference()) {
            GaussianProcess process = GaussianProcess.of(GaussianSchedule.COSINE, 50);
            Tensor implicit = ReverseStep.implicit(1).back(process, step, random(1), random(2), random(3));
            Tensor ancestral = ReverseStep.ancestral().back(process, step, random(1), random(2), random(3));
            assertThat(implicit.toFloats()).containsExactly(ancestral.toFloats(), Offset.offset(1e-4f));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_network_that_knows_the_words_is_led_to_them(boolean implicit) {
        try (Scope memory = Scope.inference()) {
            GaussianProcess process =
                    GaussianProcess.of(GaussianSchedule.SQRT, 100).respaced("12");
            Tensor words = random(9);
            EmbeddingSampler sampler = new EmbeddingSampler(
                    process, new Knowing(words), implicit ? ReverseStep.implicit(0) : ReverseStep.ancestral(), false);
            Tensor found = sampler.sample(random(4), EmbeddingSampler.Noise.of(seed, SHAPE), (step, x) -> {});
            assertThat(found.toFloats()).containsExactly(words.toFloats(), Offset.offset(0.05f));
        }
    }

    /** Predicts the same embeddings whatever it sees. */
    private record Knowing(Tensor words) implements EmbeddingDenoiser {

        @Override
        public Tensor predict(Tensor x, Tensor told) {
            return words;
        }

        @Override
        public Tensor embed(Tensor ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Tensor logits(Tensor x) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Tensor nearest(Tensor x) {
            return x;
        }
    }
}
