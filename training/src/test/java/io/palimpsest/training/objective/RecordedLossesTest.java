package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.noise.NoiseSchedule;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.data.Example;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses that the authors' code computed, at the noise that was drawn for them. */
class RecordedLossesTest {

    private static final Path FIXTURES =
            Path.of("..", "model", "src", "test", "resources", "io", "palimpsest", "model", "verify", "fixtures");

    @ParameterizedTest
    @ValueSource(strings = {"nelbo_0", "nelbo_1"})
    void the_likelihood_bound_of_mdlm(String test) {
        try (Recorded recorded = Recorded.open("mdlm/no_time", test);
                Scope memory = Scope.inference()) {
            int length = recorded.length();
            float[] t = recorded.floats("t");
            NoiseSchedule schedule = new NoiseSchedule.LogLinear(1e-3);
            float[] bound = new float[t.length * length];
            for (int i = 0; i < bound.length; i++) {
                bound[i] = (float) schedule.weight(t[i / length]);
            }
            Noised noised = recorded.noised(bound, t);
            MaskedDiffusion mdlm = MaskedDiffusion.likelihood(recorded.network()::logits, recorded.mask(), schedule);
            Targets targets = noised.targets(Weighting.bound(), false);
            Tensor nats = targets.nats(targets.logits(mdlm.logits(noised), recorded.mask()));
            recorded.compare(targets, nats, 0);
            Loss loss =
                    mdlm.loss(noised); // its mean leaves out the first token of each text, which examples never learn
            double share = (length - 1.0) / length;
            assertThat(loss.value().item() * share).isCloseTo(recorded.floats("mean_loss")[0], within(1e-3));
        }
    }

    @Test
    void the_likelihood_bound_of_block_diffusion() {
        try (Recorded recorded = Recorded.open("bd3lm/block4", "block_nelbo");
                Scope memory = Scope.inference()) {
            int length = recorded.length();
            float[] t = recorded.floats("t");
            float[] bound = new float[t.length];
            for (int i = 0; i < bound.length; i++) {
                bound[i] = (float) NoiseSchedule.linear().weight(t[i]);
            }
            Noised noised = recorded.noised(bound, new float[t.length / length]);
            BlockDiffusion blocks = new BlockDiffusion(
                    recorded.network()::logits,
                    recorded.mask(),
                    new BlockLengths.Mixed(List.of(4)),
                    NoiseSchedule.linear());
            Targets targets = blocks.targets(noised);
            Tensor nats = targets.nats(targets.logits(blocks.logits(noised, 4), recorded.mask()));
            recorded.compare(targets, nats, length);
            double share = (length - 1.0) / length;
            assertThat(blocks.loss(noised, 4).value().item() * share)
                    .isCloseTo(recorded.floats("mean_loss")[0], within(1e-3));
        }
    }

    /** One recorded test of a fixture. */
    private record Recorded(Dit network, int mask, Safetensors file, String test) implements AutoCloseable {

        static Recorded open(String fixture, String test) {
            Path folder = FIXTURES.resolve(fixture);
            Dit dit = (Dit) PublishedModel.load(folder, Precision.FP32).network();
            return new Recorded(
                    dit,
                    (int) dit.embedding().size(0) - 1,
                    Safetensors.open(folder.resolve("fixtures.safetensors")),
                    test);
        }

        private Tensor tensor(String role) {
            return file.read(test + "." + role);
        }

        float[] floats(String role) {
            return tensor(role).toFloats();
        }

        int length() {
            return (int) tensor("x0").size(1);
        }

        Noised noised(float[] bound, float[] t) {
            int[] clean = tensor("x0").toInts();
            int[] seen = tensor("xt").toInts();
            boolean[] hidden = new boolean[seen.length];
            for (int i = 0; i < seen.length; i++) {
                hidden[i] = seen[i] == mask;
            }
            List<Example> texts = IntStream.range(0, clean.length / length())
                    .mapToObj(row -> new Example(Arrays.copyOfRange(clean, row * length(), (row + 1) * length()), 1))
                    .toList();
            List<Times.Time> times = IntStream.range(0, t.length)
                    .mapToObj(row -> new Times.Time(t[row], 1))
                    .toList();
            return new Noised(Texts.pack(texts), hidden, bound, times);
        }

        /** Compares each target's weighted loss; {@code clean} rows stand behind the noised ones of each text. */
        void compare(Targets targets, Tensor nats, int clean) {
            float[] expected = floats("token_loss");
            float[] found = nats.mul(targets.weights(nats)).toFloats();
            int compared = 0;
            for (int i = 0; i < found.length; i++) {
                int row = targets.row(i);
                int text = row / (length() + clean);
                float want = expected[text * length() + row % (length() + clean)];
                assertThat(found[i]).as("target %d", i).isCloseTo(want, within(1e-3f + 2e-4f * Math.abs(want)));
                compared += want == 0 ? 0 : 1;
            }
            long recorded = IntStream.range(0, expected.length)
                    .filter(i -> expected[i] != 0)
                    .count();
            assertThat(compared).as("losses compared").isEqualTo((int) recorded).isPositive();
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
