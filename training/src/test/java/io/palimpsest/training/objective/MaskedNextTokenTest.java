package io.palimpsest.training.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.TinyLlama;
import io.palimpsest.training.adapter.GatedAdapter;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.trainer.AdamW;
import io.palimpsest.training.trainer.LearningRate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskedNextTokenTest {

    private static final MaskedNextToken MIXED =
            new MaskedNextToken(new MaskedNextToken.Settings(new int[] {2, 4, 7}, 0.4, 0.4, 0.5, 2, 8));
    private static final MaskedNextToken HARD =
            new MaskedNextToken(new MaskedNextToken.Settings(new int[] {2, 4, 7}, 0.4, 0.4, 0, 1, 4));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void gradients_agree_with_finite_differences(long seed) {
        GatedAdapter adapter = adapter(seed, 0, 5);
        List<Example> batch = List.of(example(seed, 20), example(seed + 9, 13));
        Objective objective = MIXED.of(adapter.model());
        try (Scope memory = Scope.training()) {
            objective.loss(batch, Seed.of(seed)).value().backward();
        }
        adapter.parameters()
                .forEach((name, parameter) -> Gradients.assertAgree(
                        name + ", seed " + seed,
                        parameter,
                        1.5e-3,
                        () -> objective.loss(batch, Seed.of(seed)).value().item()));
    }

    /** The same rows, masks and positions: what is learnt is what decoding asks for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void training_computes_what_decoding_computes(long seed) {
        int entry = (int) (seed % 2);
        GatedAdapter adapter = adapter(seed, entry);
        Example example = example(seed, 24);
        try (Scope memory = Scope.inference();
                GatedLlama.Session session = adapter.model().open()) {
            Loss loss = HARD.loss(adapter.model(), List.of(example), Seed.of(seed));
            CanvasPlan plan =
                    CanvasPlan.draw(example, HARD.settings(), Seed.of(seed).child(0));
            double nats = 0;
            for (CanvasPlan.Block block : plan.blocks()) {
                nats += decoded(session, plan, block, example);
            }
            assertThat(plan.targets()).hasSize(loss.targets()).isNotEmpty();
            assertThat(loss.value().item()).isCloseTo(nats / loss.targets(), within(1e-4));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void drafts_given_the_token_before_are_learnt_as_decoding_makes_them(long seed) {
        GatedAdapter adapter = adapter(seed, (int) (seed % 2), 5);
        MaskedNextToken hidden = new MaskedNextToken(
                new MaskedNextToken.Settings(new int[] {6}, 1, 0, 0, 1, 4)); // true tokens as targets
        Example example = example(seed, 24);
        try (Scope memory = Scope.inference();
                GatedLlama.Session session = adapter.model().open()) {
            CanvasPlan plan =
                    CanvasPlan.draw(example, hidden.settings(), Seed.of(seed).child(0));
            double nats = 0;
            for (CanvasPlan.Target t : plan.targets()) {
                CanvasPlan.Block block = plan.blocks().stream()
                        .filter(b -> b.from() <= t.row() && t.row() < b.to())
                        .findFirst()
                        .orElseThrow();
                Canvas canvas = Canvas.of(Arrays.copyOf(example.ids(), block.sees()));
                Tensor logits = session.pass(canvas, 0, block.to() - block.from())
                        .drafts()
                        .logits(0, t.row() - block.from(), example.ids()[t.position() - 1]);
                nats -= logits.logSoftmax(-1).select(0, 0).select(0, t.token()).item();
            }
            Tensor each = hidden.each(adapter.model(), List.of(example), Seed.of(seed));
            int targets = plan.targets().size();
            assertThat(each.size(0)).isEqualTo(2L * targets); // alone, then given the token before
            assertThat(each.narrow(0, targets, targets).sum().item()).isCloseTo(nats, within(1e-3));
        }
    }

    private static final MaskedNextToken STATED =
            new MaskedNextToken(new MaskedNextToken.Settings(new int[] {3, 6}, 1, 0, 0, 1, 4, 1));

    /** The pass before, of which the state is made, counts as a constant: only the gate does not change it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_gradient_of_the_state_agrees_with_finite_differences(long seed) {
        GatedAdapter adapter = adapter(seed, 0, 0, true);
        List<Example> batch = List.of(example(seed, 20), example(seed + 9, 13));
        Objective objective = STATED.of(adapter.model());
        try (Scope memory = Scope.training()) {
            objective.loss(batch, Seed.of(seed)).value().backward();
        }
        Gradients.assertAgree(
                "gate, seed " + seed,
                adapter.model().state().orElseThrow().gate(),
                1.5e-3,
                () -> objective.loss(batch, Seed.of(seed)).value().item());
    }

    /** Two passes of decoding, between which some tokens are committed, and one loss with the state of the pass before. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void the_state_in_training_is_the_one_that_decoding_keeps(long seed) {
        GatedAdapter adapter = adapter(seed, (int) (seed % 2), 0, true);
        Example example = example(seed, 24);
        try (Scope memory = Scope.inference();
                GatedLlama.Session session = adapter.model().open()) {
            CanvasPlan plan =
                    CanvasPlan.draw(example, STATED.settings(), Seed.of(seed).child(0));
            double nats = 0;
            for (CanvasPlan.Block block : plan.blocks()) {
                int length = block.to() - block.from();
                Canvas canvas = Canvas.of(Arrays.copyOf(example.ids(), before(plan, block)));
                if (before(plan, block) < block.sees()) {
                    session.pass(canvas, 0, length);
                }
                for (int at = canvas.length(); at < block.sees(); at++) {
                    canvas.extend(1);
                    canvas.commit(at, example.ids()[at], 1);
                }
                nats += nats(session.pass(canvas, 0, length).drafts(), plan, block);
                session.release(canvas);
            }
            Tensor each = STATED.each(adapter.model(), List.of(example), Seed.of(seed));
            assertThat(each.sum().item()).isCloseTo(nats, within(1e-3));
            Tensor stateless = STATED.each(adapter.model().withoutState(), List.of(example), Seed.of(seed));
            assertThat(stateless.sum().item()).isNotCloseTo(nats, within(1e-2));
        }
    }

    /** How many tokens were settled in the pass before: as many as now where there was none. */
    private static int before(CanvasPlan plan, CanvasPlan.Block block) {
        return IntStream.range(block.from(), block.to())
                .filter(row -> plan.expectations()[row] >= 0)
                .mapToObj(row -> plan.earlier().orElseThrow().blocks().stream()
                        .filter(b -> b.from() <= plan.expectations()[row] && plan.expectations()[row] < b.to())
                        .findFirst()
                        .orElseThrow()
                        .sees())
                .findFirst()
                .orElse(block.sees());
    }

    private static double nats(HybridDenoiser.Drafts drafts, CanvasPlan plan, CanvasPlan.Block block) {
        return plan.targets().stream()
                .filter(t -> block.from() <= t.row() && t.row() < block.to())
                .mapToDouble(t -> -drafts.logits(0, t.row() - block.from(), 0)
                        .logSoftmax(-1)
                        .select(0, 0)
                        .select(0, t.token())
                        .item())
                .sum();
    }

    /** The loss of one block's targets by way of a canvas. */
    private static double decoded(
            GatedLlama.Session session, CanvasPlan plan, CanvasPlan.Block block, Example example) {
        boolean anchored = plan.positions()[block.from()] == block.sees() - 1;
        int[] ids = Arrays.copyOfRange(plan.ids(), block.from() + (anchored ? 1 : 0), block.to());
        int right = 0;
        List<CanvasPlan.Target> targets = plan.targets().stream()
                .filter(t -> block.from() <= t.row() && t.row() < block.to())
                .toList();
        int last = block.sees() + ids.length;
        boolean openEnd = targets.stream().anyMatch(t -> t.position() == last);
        while (!openEnd && right < ids.length && ids[ids.length - 1 - right] != Canvas.NO_TOKEN) {
            right++;
        }
        Canvas canvas = Canvas.of(Arrays.copyOf(example.ids(), block.sees()));
        for (int id : ids) {
            canvas.extend(1);
            if (id != Canvas.NO_TOKEN) {
                canvas.draft(canvas.length() - 1, id, 1);
            }
        }
        canvas.extend(openEnd ? 1 : 0);
        Span span = new Span(block.sees(), canvas.length() - right);
        if (targets.isEmpty() || span.isEmpty()) {
            return 0;
        }
        Tensor logProbabilities = session.logits(canvas, span).logSoftmax(-1);
        session.release(canvas);
        return targets.stream()
                .mapToDouble(t -> -logProbabilities
                        .select(0, t.position() - span.start())
                        .select(0, t.token())
                        .item())
                .sum();
    }

    /** With nothing visible to the right, a longer text changes no target that it had before. */
    @Test
    void the_clean_pass_is_causal() {
        GatedAdapter adapter = adapter(3, 0);
        int[] ids = ids(5, 30);
        int[] other = ids.clone();
        Arrays.setAll(other, i -> i < 20 ? ids[i] : (ids[i] + 1) % TinyLlama.CONFIG.vocabulary());
        MaskedNextToken objective = new MaskedNextToken(new MaskedNextToken.Settings(new int[] {4}, 1, 0, 1, 1, 8));
        try (Scope memory = Scope.training()) {
            double[] gradients = new double[2];
            for (int i = 0; i < 2; i++) {
                Example example = new Example(i == 0 ? ids : other, 1);
                gradients[i] = early(objective, adapter, example);
            }
            assertThat(gradients[1]).isCloseTo(gradients[0], within(1e-5));
        }
    }

    /** The loss of the targets before position 20, whose blocks see only what stands before them. */
    private static double early(MaskedNextToken objective, GatedAdapter adapter, Example example) {
        Tensor each = objective.each(adapter.model(), List.of(example), Seed.of(4));
        List<CanvasPlan.Target> targets = CanvasPlan.draw(
                        example, objective.settings(), Seed.of(4).child(0))
                .targets();
        return IntStream.range(0, targets.size())
                .filter(i -> targets.get(i).position() < 20)
                .mapToDouble(i -> each.select(0, i).item())
                .sum();
    }

    @Test
    void a_batch_is_the_mean_of_its_sequences() {
        GatedAdapter adapter = adapter(4, 0);
        Example a = example(1, 20);
        Example b = example(2, 20);
        try (Scope memory = Scope.inference()) {
            Loss both = MIXED.loss(adapter.model(), List.of(a, b), Seed.of(8));
            Loss first = MIXED.loss(adapter.model(), List.of(a), Seed.of(8));
            CanvasPlan second = CanvasPlan.draw(b, MIXED.settings(), Seed.of(8).child(1));
            assertThat(both.targets())
                    .isEqualTo(first.targets() + second.targets().size());
            Loss changed = MIXED.loss(adapter.model(), List.of(a, example(3, 20)), Seed.of(8));
            double fromFirst = first.value().item() * first.targets();
            assertThat(both.value().item() * both.targets() - fromFirst).isPositive();
            assertThat(changed.targets()).isEqualTo(both.targets());
        }
    }

    @Test
    void a_tiny_model_learns_a_toy_language_and_its_canvas_rows_draft_it() {
        GatedAdapter adapter = GatedAdapter.fresh(TinyLlama.random(1), 8, 16, 0, 0, false, DType.F32, Seed.of(2));
        MaskedNextToken objective = new MaskedNextToken(new MaskedNextToken.Settings(new int[] {6}, 0.6, 0, 0, 2, 4));
        List<Example> batch =
                IntStream.range(0, 6).mapToObj(i -> counting(i, 26)).toList();
        LearningRate rate = new LearningRate(2e-2, 5, 0.3, LearningRate.Decay.LINEAR, 0);
        try (AdamW optimiser = new AdamW(adapter.parameters(), AdamW.Settings.defaults())) {
            for (int step = 0; step < 150; step++) {
                try (Scope memory = Scope.training()) {
                    objective
                            .loss(adapter.model(), batch, Seed.of(step))
                            .value()
                            .backward();
                }
                optimiser.step(rate.at(step, 150));
            }
        }
        try (Scope memory = Scope.inference();
                GatedLlama.Session session = adapter.model().open()) {
            for (int phase = 0; phase < 6; phase++) {
                Canvas canvas = Canvas.of(counting(phase, 12).ids());
                canvas.extend(7);
                int[] drafted =
                        session.logits(canvas, new Span(12, 19)).argmax(-1).toInts();
                int[] truth = Arrays.copyOfRange(counting(phase, 19).ids(), 13, 19);
                assertThat(Arrays.copyOfRange(drafted, 1, 7)).isEqualTo(truth);
            }
        }
    }

    /** 0 1 2 3 4 5 0 1 ...: what follows is known from any one token. */
    private static Example counting(int phase, int length) {
        return new Example(IntStream.range(0, length).map(i -> (i + phase) % 6).toArray(), 1);
    }

    private static GatedAdapter adapter(long seed, int entry) {
        return adapter(seed, entry, 0);
    }

    private static GatedAdapter adapter(long seed, int entry, int samplerHidden) {
        return adapter(seed, entry, samplerHidden, false);
    }

    private static GatedAdapter adapter(long seed, int entry, int samplerHidden, boolean stated) {
        GatedAdapter adapter = GatedAdapter.fresh(
                TinyLlama.random(seed), 3, 6, entry, samplerHidden, stated, DType.F32, Seed.of(seed));
        adapter.parameters().forEach((name, p) -> {
            try (Scope memory = Scope.inference()) {
                p.copy_(Tensor.randn(Seed.of(seed).child(name.hashCode()), p.shape())
                        .mul(0.2));
            }
        });
        return adapter;
    }

    private static Example example(long seed, int length) {
        return new Example(ids(seed, length), 2);
    }

    private static int[] ids(long seed, int length) {
        Seed own = Seed.of(seed);
        return IntStream.range(0, length)
                .map(i -> own.below(TinyLlama.CONFIG.vocabulary()))
                .toArray();
    }
}
