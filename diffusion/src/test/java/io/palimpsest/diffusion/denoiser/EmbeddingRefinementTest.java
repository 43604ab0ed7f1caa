package io.palimpsest.diffusion.denoiser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.diffusion.sampler.Refining;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingRefinementTest {

    private static final int LENGTH = 12;
    private static final int STEPS = 40;
    private static final GeometricNoise NOISE = new GeometricNoise(0.1, 40);

    private static final float[] FREQUENCIES = {0.5f, 0.3f, 0.15f, 0.05f};

    /** The exact posterior of words that are drawn independently, each with its frequency. */
    private static final WordDenoiser EXACT = new WordDenoiser() {
        private final Tensor table = table();

        private Tensor table() {
            Tensor random = Tensor.randn(Seed.of(3), FREQUENCIES.length, 8);
            return random.div(random.square().mean(1, true).sqrt());
        }

        @Override
        public Tensor logits(Tensor x, Tensor estimate, Tensor given, Tensor told) {
            double alphaBar = NOISE.alphaBar(told.toDoubles()[0] / 1000);
            return products(x)
                    .mul(Math.sqrt(alphaBar) / (1 - alphaBar))
                    .add(Tensor.of(FREQUENCIES).log());
        }

        @Override
        public Tensor embed(Tensor ids) {
            return table.embedding(ids);
        }

        @Override
        public Tensor expected(Tensor logits) {
            return logits.softmax(-1).matmul(table);
        }

        @Override
        public Tensor products(Tensor x) {
            return x.linear(table);
        }
    };

    private static EmbeddingRefinement.Walk walk(Integer... never) {
        return new EmbeddingRefinement.Walk(NOISE, List.of(1.0, 1.0, 1.0), LENGTH, Set.of(never));
    }

    private static List<Filled> fill(
            List<Canvas> canvases, EmbeddingRefinement.Walk walk, double chance, EmbeddingGuidance guidance) {
        IdentityHashMap<Canvas, Seed> seeds = new IdentityHashMap<>();
        canvases.forEach(canvas -> seeds.put(canvas, Seed.of(5).child(seeds.size())));
        try (EmbeddingRefinement denoiser = new EmbeddingRefinement(
                EXACT,
                walk,
                STEPS,
                ReverseStep.implicit(chance),
                guidance,
                canvas -> Objects.requireNonNull(seeds.get(canvas)))) {
            return sampler(denoiser)
                    .fill(canvases.stream()
                            .map(canvas -> new Fill(canvas, Seed.of(1), frame -> {}))
                            .toList());
        }
    }

    private static Sampler sampler(Denoiser denoiser) {
        return new Sampler(
                denoiser, Blocks.whole(), new TokenChoice.Greedy(), Unmasking.threshold(0), new Refining(STEPS));
    }

    private static List<Canvas> canvases(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Canvas.of().extend(LENGTH))
                .toList();
    }

    private static double[] frequencies(List<Filled> filled) {
        double[] counts = new double[FREQUENCIES.length];
        filled.forEach(
                one -> Arrays.stream(one.canvas().ids(one.canvas().span())).forEach(id -> counts[id]++));
        double all = Arrays.stream(counts).sum();
        return Arrays.stream(counts).map(count -> count / all).toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 200})
    void a_text_takes_every_step_it_was_given(int steps) {
        try (EmbeddingRefinement denoiser = new EmbeddingRefinement(
                EXACT, walk(), steps, ReverseStep.implicit(1), EmbeddingGuidance.none(), canvas -> Seed.of(2))) {
            Sampler sampler = new Sampler(
                    denoiser, Blocks.whole(), new TokenChoice.Greedy(), Unmasking.threshold(0), new Refining(steps));
            Filled filled = sampler.fill(Canvas.of().extend(LENGTH), Seed.of(1));
            assertThat(filled.forwardPasses()).isEqualTo(steps);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1})
    void with_an_exact_posterior_words_come_as_often_as_they_are(double chance) {
        double[] found = frequencies(fill(canvases(200), walk(), chance, EmbeddingGuidance.none()));
        for (int id = 0; id < found.length; id++) {
            assertThat(found[id]).as("word %d", id).isCloseTo(FREQUENCIES[id], within(0.03));
        }
    }

    /** Bayes: π(w) p(c|w) / Σ. What guidance adds to the score of x is the gradient of log p(c | x). */
    @Test
    void an_exact_gradient_makes_words_come_as_often_as_they_do_given_what_is_wanted() {
        float[] wanted = {0.1f, 0.9f, 0.1f, 0.5f};
        double[] expected = IntStream.range(0, wanted.length)
                .mapToDouble(i -> wanted[i] * FREQUENCIES[i])
                .toArray();
        double all = Arrays.stream(expected).sum();
        EmbeddingGuidance guidance = (canvases, x, told) -> {
            Tensor from = x.detach().copy().requireGrad();
            try (Scope memory = Scope.training()) {
                Tensor p = EXACT.logits(from, from, from, told).softmax(-1);
                p.mul(Tensor.of(wanted)).sum(-1).log().sum().backward();
            }
            return from.grad();
        };
        double[] found = frequencies(fill(canvases(200), walk(), 1, guidance));
        for (int id = 0; id < found.length; id++) {
            assertThat(found[id]).as("word %d", id).isCloseTo(expected[id] / all, within(0.04));
        }
    }

    @Test
    void a_wanted_phrase_is_said_somewhere_in_almost_every_text() {
        int[] phrase = {3, 2, 3}; // by chance in one text of a hundred or fewer
        PhraseGuidance guidance = new PhraseGuidance(EXACT, canvas -> phrase, 2);
        long saying = fill(canvases(40), walk(), 1, guidance).stream()
                .map(one -> Arrays.toString(one.canvas().ids(one.canvas().span())))
                .filter(ids -> ids.contains("3, 2, 3"))
                .count();
        assertThat(saying).isGreaterThan(30);
    }

    @Test
    void a_canvas_receives_the_same_alone_and_beside_others() {
        List<Canvas> three = canvases(3);
        fill(three, walk(), 1, EmbeddingGuidance.none());
        Canvas alone = canvases(1).get(0);
        fill(List.of(alone), walk(), 1, EmbeddingGuidance.none());
        assertThat(alone.ids(alone.span()))
                .containsExactly(three.get(0).ids(three.get(0).span()));
        assertThat(three.get(1).ids(three.get(1).span()))
                .isNotEqualTo(three.get(0).ids(three.get(0).span()));
    }

    @Test
    void given_words_never_change_and_frames_show_the_rest_as_drafts_until_all_settle() {
        Canvas canvas = Canvas.of(3, 3).extend(4).pin(2).extend(1);
        List<CanvasFrame> frames = new ArrayList<>();
        try (EmbeddingRefinement open = new EmbeddingRefinement(
                EXACT, walk(), 1, ReverseStep.implicit(1), EmbeddingGuidance.none(), any -> Seed.of(9))) {
            Filled filled = sampler(open.drawing(Seed.of(4), STEPS))
                    .fill(List.of(new Fill(canvas, Seed.of(1), frames::add)))
                    .get(0);
            assertThat(filled.forwardPasses()).isEqualTo(STEPS);
        }
        assertThat(canvas.in(canvas.span(), State.PINNED)).containsExactly(0, 1, 6);
        assertThat(canvas.in(canvas.span(), State.COMMITTED)).containsExactly(2, 3, 4, 5, 7);
        assertThat(frames).hasSize(STEPS + 1);
        CanvasFrame early = frames.get(1);
        CanvasFrame late = frames.get(STEPS);
        assertThat(early.count(State.PROVISIONAL)).isEqualTo(5);
        assertThat(early.cells().get(3).confidence())
                .as("little is known in noise")
                .isLessThan(0.6f);
        assertThat(late.cells().get(3).confidence()).isGreaterThan(0.99f);
    }

    @Test
    void forbidden_words_are_never_written() {
        List<Filled> filled = fill(canvases(20), walk(0), 1, EmbeddingGuidance.none());
        assertThat(frequencies(filled)[0]).isZero();
    }

    @Test
    void a_single_step_says_what_the_network_expects_before_anything_is_known() {
        try (Scope memory = Scope.inference();
                EmbeddingRefinement open = new EmbeddingRefinement(
                        EXACT, walk(), 1, ReverseStep.implicit(1), EmbeddingGuidance.none(), any -> Seed.of(9))) {
            Canvas canvas = Canvas.of(1).extend(3);
            float[] said =
                    open.logits(canvas, canvas.span()).softmax(-1).select(0, 2).toFloats();
            assertThat(said).containsExactly(FREQUENCIES, within(0.1f));
        }
    }
}
