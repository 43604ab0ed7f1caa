package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.noise.TimeWarp;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.architecture.EmbeddingDit;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.TinyDit;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingDiffusionTest {

    private static final int PADDING = 10;
    private static final int LENGTH = 8;
    private static final GeometricNoise NOISE = new GeometricNoise(0.5, 10);
    private static final Dit.Config BODY = new Dit.Config(1, 16, 2, 8, 11, true, true);
    private static final List<Example> BATCH = List.of(
            new Example(new int[] {0, 3, 1, 4, 9, 10, 10, 10}, 1),
            new Example(new int[] {0, 5, 2, 6, 5, 3, 9, 10}, 1),
            new Example(new int[] {0, 7, 9, 10, 10, 10, 10, 10}, 1),
            new Example(new int[] {0, 7, 8, 8, 1, 2, 3, 9}, 1));

    private static EmbeddingDit network(long seed) {
        EmbeddingDit network = EmbeddingDit.load(TinyDit.weights(seed), new EmbeddingDit.Config(BODY, 6));
        network.parameters().values().forEach(Tensor::requireGrad);
        return network;
    }

    private static EmbeddingDiffusion objective(EmbeddingDit network, double selfConditioned) {
        return new EmbeddingDiffusion(network, NOISE, Times.antithetic(0), PADDING, selfConditioned);
    }

    private static double loss(Objective objective, long seed) {
        try (Scope memory = Scope.inference()) {
            return objective.loss(BATCH, Seed.of(seed)).value().item();
        }
    }

    @Test
    void gradients_of_network_and_embeddings_agree_with_finite_differences() {
        EmbeddingDit network = network(5);
        Objective objective = objective(network, 0);
        assertGradients(network.parameters(), objective);
    }

    @Test
    void gradients_of_the_classifier_agree_with_finite_differences() {
        NoisedTextClassifier classifier = NoisedTextClassifier.load(
                TinyDit.weights(6), new NoisedTextClassifier.Config(BODY, 6, 4, List.of(3, 2), 3));
        classifier.parameters().values().forEach(Tensor::requireGrad);
        List<Example> labelled =
                BATCH.stream().map(EmbeddingDiffusionTest::labelled).toList();
        NoisedClassification objective =
                new NoisedClassification(classifier, network(7), NOISE, Times.antithetic(0), LENGTH);
        assertGradients(classifier.parameters(), (batch, seed) -> objective.loss(labelled, seed));
    }

    private static Example labelled(Example text) {
        int[] row = Arrays.copyOf(text.ids(), 2 * LENGTH + 2 + 2 * SpanExamples.NUMBERS);
        for (int i = 0; i < LENGTH; i++) {
            row[LENGTH + i] = text.ids()[i] % 4;
        }
        row[2 * LENGTH] = text.ids()[1] % 3;
        row[2 * LENGTH + 1] = text.ids()[2] % 2;
        if (text.ids()[1] != 3) { // nobody parsed that one
            System.arraycopy(new int[] {1, 2 + text.ids()[1] % 3, 1, 2, 5, 2}, 0, row, 2 * LENGTH + 2, 6);
        }
        return new Example(row, 1);
    }

    private static void assertGradients(Map<String, Tensor> parameters, Objective objective) {
        try (Scope memory = Scope.training()) {
            objective.loss(BATCH, Seed.of(8)).value().backward();
        }
        parameters.forEach((name, parameter) -> Gradients.assertAgree(name, parameter, 2e-3, () -> loss(objective, 8)));
    }

    @Test
    void the_first_prediction_is_a_constant_to_the_second() {
        EmbeddingDit network = network(5);
        try (Scope memory = Scope.training()) {
            Tensor loss = objective(network, 1).loss(BATCH, Seed.of(8)).value();
            loss.backward();
            assertThat(loss.item()).isNotCloseTo(loss(objective(network, 0), 8), within(1e-6));
        }
        assertThat(network.words().hasGrad()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1})
    void the_same_seed_draws_the_same_loss(double selfConditioned) {
        Objective objective = objective(network(9), selfConditioned);
        assertThat(loss(objective, 3)).isEqualTo(loss(objective, 3)).isNotEqualTo(loss(objective, 4));
    }

    @Test
    void all_embeddings_lie_on_one_sphere() {
        try (Scope memory = Scope.inference()) {
            Tensor norms = network(3)
                    .embed(Tensor.ids(IntStream.range(0, 11).toArray(), 1, 11))
                    .square()
                    .mean(2, false);
            for (float norm : norms.toFloats()) {
                assertThat(norm).isCloseTo(1, within(1e-5f));
            }
        }
    }

    @Test
    void times_learn_where_there_is_something_to_decide() {
        TimeWarp warp = new TimeWarp(8, 0.99);
        EmbeddingDiffusion objective = new EmbeddingDiffusion(network(9), NOISE, warp, PADDING, 0);
        assertThat(objective.memory()).containsOnly(0);
        loss(objective, 3);
        assertThat(objective.memory()).isNotEqualTo(new double[16]);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void something_is_always_left_to_write_and_the_first_token_never_is(long seed) {
        Seed draws = Seed.of(seed);
        int prompts = 0;
        for (int i = 0; i < 200; i++) {
            float[] given = new GivenParts(PADDING).draw(BATCH, draws.child(i));
            for (int row = 0; row < BATCH.size(); row++) {
                float[] own = Arrays.copyOfRange(given, row * LENGTH, (row + 1) * LENGTH);
                assertThat(own[0]).isEqualTo(1);
                assertThat(own).contains(0);
                prompts += own[1] == 1 && own[LENGTH - 1] == 0 ? 1 : 0;
            }
        }
        assertThat(prompts).as("texts behind a prompt").isBetween(60, 300);
    }

    @Test
    void texts_of_different_lengths_are_refused() {
        List<Example> mixed = List.of(BATCH.get(0), new Example(new int[] {0, 1, 2}, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> objective(network(1), 0).loss(mixed, Seed.of(1)))
                .withMessageContaining("8 tokens and 3");
    }
}
