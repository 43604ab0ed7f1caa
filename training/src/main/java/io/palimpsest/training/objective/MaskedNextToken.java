package io.palimpsest.training.objective;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Masked next-token prediction over blocks: teaches the canvas rows of a {@link GatedLlama} to draft.
 *
 * <p>A sequence runs once through the frozen base, causally, without gradients: that gives every position's clean keys and
 * values, and the base's own distribution of the next token. Then blocks of mixed length are laid over the sequence. Each
 * block is a canvas that sees the clean tokens before it and, bidirectionally, its own rows, some of which are hidden; the
 * row at position i predicts token i + 1 wherever that token cannot be seen. All blocks of a sequence share one pass. This is
 * BD3-LM's training (arXiv:2503.09573, section 3.1: a clean and a noisy copy under one mask) with a frozen clean half and the
 * shift by one that adapted models keep (Dream, arXiv:2508.15487).
 *
 * <p>Where nothing to the right of a row is visible, the target is the base's own distribution at that position given the
 * true tokens before it, of which the sampled token is a draw: an unbiased target with less variance (distillation,
 * arXiv:1503.02531). Where the row sees what comes behind, the base's distribution ignores it, and the token is the target.
 *
 * <p>A model with a {@link io.palimpsest.model.architecture.SamplerHead} learns its drafts a second time, given the token
 * before each, as decoding will have chosen it: there the base's own distribution is the exact target.
 *
 * @param settings how blocks are drawn
 */
public record MaskedNextToken(Settings settings) {

    /**
     * How blocks are drawn.
     *
     * @param lengths block lengths; one is drawn for each block with equal probability
     * @param fullyHidden the share of blocks all of whose positions are hidden; the others hide a uniform share
     * @param rightContext the share of blocks that see up to {@link GatedLlama#RIGHT_CONTEXT} tokens behind them
     * @param soft the weight of the base's distribution against the token itself where both apply
     * @param tilings how many times blocks are laid over each sequence, sharing its one clean pass
     * @param teacherTokens how many of the base's most probable tokens make up the soft target
     */
    public record Settings(
            int[] lengths, double fullyHidden, double rightContext, double soft, int tilings, int teacherTokens) {

        /** The defaults of the first adapter. */
        public static Settings defaults() {
            return new Settings(new int[] {4, 8, 8, 16, 32}, 0.4, 0.15, 1.0, 2, 32);
        }
    }

    /** How many offsets accuracy is reported for. */
    public static final int OFFSETS = 8;

    /** This formula for {@code model}. */
    public Objective of(GatedLlama model) {
        return (batch, seed) -> loss(model, batch, seed);
    }

    /**
     * The loss of one batch. Accuracy is counted within fully hidden blocks without right context.
     */
    public Loss loss(GatedLlama model, List<Example> batch, Seed seed) {
        Scored scored = score(model, batch, seed);
        return scored.targets.isEmpty() ? Loss.none(0) : scored.loss();
    }

    /** The loss of each target, sequence by sequence, in the order of their plans. */
    Tensor each(GatedLlama model, List<Example> batch, Seed seed) { // -> (K)
        return score(model, batch, seed).each;
    }

    private Scored score(GatedLlama model, List<Example> batch, Seed seed) {
        CleanPass clean = CleanPass.of(model, batch, settings.teacherTokens);
        List<CanvasPlan> plans = IntStream.range(0, batch.size())
                .mapToObj(i -> CanvasPlan.draw(batch.get(i), settings, seed.child(i)))
                .toList();
        Tensor x = model.embedCanvas(concat(plans.stream().map(CanvasPlan::ids).toList())); // (M, C)
        int[] positions = concat(plans.stream().map(CanvasPlan::positions).toList());
        Llama body = model.body();
        Llama.Attend attend = attend(clean, plans, compute(body));
        x = body.layers(model.entry(), body.blocks().size(), x, body.rope().at(positions), 0, attend);
        return score(model, x, clean, plans);
    }

    /**
     * The type of attention's products, which follows the base: with gradients they are twice as fast in bf16 as fused
     * attention in fp32.
     */
    private static DType compute(Llama body) {
        return body.embedding().dtype() == DType.F32 ? DType.F32 : DType.BF16;
    }

    /** Canvas rows see their sequence's clean tokens before the block, and their own block. */
    private static Llama.Attend attend(CleanPass clean, List<CanvasPlan> plans, DType compute) {
        List<Tensor> masks = plans.stream().map(p -> additive(p.mask())).toList(); // (m, n + m) each
        return (layer, q, k, v) -> {
            List<Tensor> parts = new ArrayList<>();
            long row = 0;
            for (int i = 0; i < plans.size(); i++) {
                long m = plans.get(i).ids().length;
                CleanPass.KeysValues seen = clean.at(layer, i);
                Tensor keys = Tensor.cat(seen.keys(), k.narrow(0, row, m), 0); // (n + m, Hkv, D)
                Tensor values = Tensor.cat(seen.values(), v.narrow(0, row, m), 0);
                parts.add(attention(q.narrow(0, row, m), keys, values, masks.get(i), compute));
                row += m;
            }
            return Tensor.cat(parts, 0);
        };
    }

    /** Attention with gradients: rows of one sequence as one product. */
    private static Tensor attention(Tensor q, Tensor k, Tensor v, Tensor mask, DType compute) {
        long group = q.size(1) / k.size(1); // (M, H, D), (S, Hkv, D) -> (M, H, D)
        Tensor keys = heads(k.repeatInterleave(group, 1), compute); // (H, S, D)
        Tensor scores = heads(q, compute).matmul(keys.transpose(1, 2)).toFloat().mul(1 / Math.sqrt((double) q.size(2)));
        Tensor weights = scores.add(mask).softmax(-1); // (H, M, S)
        Tensor y = weights.to(compute).matmul(heads(v.repeatInterleave(group, 1), compute));
        return y.toFloat().transpose(0, 1);
    }

    private static Tensor additive(Tensor visible) {
        return Tensor.zeros(visible.shape()).maskedFill(visible.logicalNot(), Double.NEGATIVE_INFINITY);
    }

    private static Tensor heads(Tensor x, DType compute) { // (N, H, D) -> (H, N, D)
        return x.to(compute).transpose(0, 1);
    }

    private Scored score(GatedLlama model, Tensor x, CleanPass clean, List<CanvasPlan> plans) {
        List<CanvasPlan.Target> targets = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        List<Integer> teachers = new ArrayList<>();
        int row = 0;
        for (int i = 0; i < plans.size(); i++) {
            for (CanvasPlan.Target t : plans.get(i).targets()) {
                targets.add(t);
                rows.add(row + t.row());
                teachers.add(
                        clean.teacherRow(i, t.position())); // the clean row before it holds the base's distribution
            }
            row += plans.get(i).ids().length;
        }
        Tensor states = x.indexSelect(0, ids(rows)); // (K, C)
        Tensor logits = model.body().logits(states); // (K, V)
        Tensor alone = losses(logits, targets, teachers, clean);
        List<Integer> given = model.sampler().isEmpty() ? List.of() : drafts(targets);
        if (given.isEmpty()) {
            return new Scored(alone, guesses(logits), targets, List.of(), new int[0]);
        }
        List<CanvasPlan.Target> drafted = given.stream().map(targets::get).toList();
        int[] previous = drafted.stream().mapToInt(CanvasPlan.Target::previous).toArray();
        Tensor corrected = model.given(states.indexSelect(0, ids(given)), previous); // (G, V)
        Tensor more =
                losses(corrected, drafted, given.stream().map(teachers::get).toList(), clean);
        return new Scored(Tensor.cat(alone, more, 0), guesses(logits), targets, drafted, guesses(corrected));
    }

    private static int[] guesses(Tensor logits) { // (K, V)
        return logits.detach().argmax(-1).toInts();
    }

    /** The targets that decoding may draft behind a token it has just chosen: nothing behind it is seen. */
    private static List<Integer> drafts(List<CanvasPlan.Target> targets) {
        return IntStream.range(0, targets.size())
                .filter(i -> targets.get(i).blind() && targets.get(i).previous() != Canvas.NO_TOKEN)
                .boxed()
                .toList();
    }

    /** The loss of each target: against the base's distribution where that knows as much as the row, else the token. */
    private Tensor losses( // -> (K)
            Tensor logits, List<CanvasPlan.Target> targets, List<Integer> teachers, CleanPass clean) {
        Tensor normaliser = logits.logsumexp(-1, true); // (K, 1)
        int[] truth = targets.stream().mapToInt(CanvasPlan.Target::token).toArray();
        Tensor hard =
                normaliser.sub(logits.gather(1, Tensor.ids(truth).unsqueeze(1))).squeeze(1); // (K)
        Tensor teacherIds = clean.topIds().indexSelect(0, ids(teachers)); // (K, k)
        Tensor teacher = clean.topProbabilities().indexSelect(0, ids(teachers)); // (K, k), summing to 1
        Tensor soft = normaliser
                .squeeze(1)
                .sub(logits.gather(1, teacherIds).mul(teacher).sum(1)); // (K)
        float[] share = new float[targets.size()];
        for (int i = 0; i < share.length; i++) {
            share[i] = targets.get(i).blind() ? (float) settings.soft : 0;
        }
        return hard.add(soft.sub(hard).mul(Tensor.of(share)));
    }

    /**
     * The loss of each target, with the model's best guesses.
     *
     * @param each of all targets, then of those given the token before
     * @param given the latter
     */
    private record Scored(
            Tensor each,
            int[] guesses,
            List<CanvasPlan.Target> targets,
            List<CanvasPlan.Target> given,
            int[] givenGuesses) {

        Loss loss() {
            int[] tries = counted(targets, i -> true);
            return new Loss(each.mean(), targets.size(), hits(targets, guesses), tries, hits(given, givenGuesses));
        }

        private static int[] hits(List<CanvasPlan.Target> targets, int[] guesses) {
            return counted(targets, i -> guesses[i] == targets.get(i).token());
        }

        /** How many targets there are at each offset of those whose index passes. */
        private static int[] counted(List<CanvasPlan.Target> targets, IntPredicate passes) {
            int[] counts = new int[OFFSETS + 1];
            for (int i = 0; i < targets.size(); i++) {
                int offset = targets.get(i).offset();
                if (offset >= 0 && offset <= OFFSETS && passes.test(i)) {
                    counts[offset]++;
                }
            }
            return counts;
        }
    }

    private static Tensor ids(List<Integer> values) {
        return Tensor.ids(values.stream().mapToInt(Integer::intValue).toArray());
    }

    static int[] concat(List<int[]> parts) {
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** What the frozen base says about a batch, computed once, without gradients. */
    private record CleanPass(
            Tensor keys, // (L, N, Hkv, D)
            Tensor values,
            int[] starts, // where each sequence begins among the N tokens
            int[] teachers, // for each sequence, its first row among the K teacher rows less the position it teaches
            Tensor topIds, // (K, k)
            Tensor topProbabilities) {

        record KeysValues(Tensor keys, Tensor values) {} // (n, Hkv, D) each

        static CleanPass of(GatedLlama model, List<Example> batch, int k) {
            return Scope.withoutGradients(() -> run(model.body(), batch, k));
        }

        private static CleanPass run(Llama body, List<Example> batch, int k) {
            Llama.Config c = body.config();
            int[] ids = concat(batch.stream().map(Example::ids).toList());
            int[] positions = concat(batch.stream()
                    .map(e -> IntStream.range(0, e.ids().length).toArray())
                    .toList());
            int[] starts = new int[batch.size() + 1];
            for (int i = 0; i < batch.size(); i++) {
                starts[i + 1] = starts[i] + batch.get(i).ids().length;
            }
            Tensor keys = Tensor.zeros(c.layers(), ids.length, c.kvHeads(), c.headDim());
            Tensor values = Tensor.zeros(c.layers(), ids.length, c.kvHeads(), c.headDim());
            Tensor x = body.layers(
                    0,
                    c.layers(),
                    body.embed(ids),
                    body.rope().at(positions),
                    ids.length,
                    causal(starts, keys, values, compute(body)));
            int[] teachers = new int[batch.size()];
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                Example example = batch.get(i);
                teachers[i] = rows.size() - example.start();
                for (int at = example.start(); at < example.ids().length; at++) {
                    rows.add(starts[i] + at - 1);
                }
            }
            Tensor.Top top = topTokens(body, x.indexSelect(0, MaskedNextToken.ids(rows)), k);
            Tensor mass = top.values().sum(1).unsqueeze(1);
            return new CleanPass(
                    keys, values, starts, teachers, top.indices(), top.values().div(mass));
        }

        /** The base's most probable next tokens, some rows at a time: one row of logits is 200 kB. */
        private static Tensor.Top topTokens(Llama body, Tensor x, int k) {
            Tensor values = Tensor.zeros(x.size(0), k);
            Tensor indices = Tensor.zeros(DType.I64, x.size(0), k);
            int chunk = 256;
            for (long from = 0; from < x.size(0); from += chunk) {
                long n = Math.min(chunk, x.size(0) - from);
                try (Scope memory = Scope.open()) {
                    Tensor.Top top =
                            body.logits(x.narrow(0, from, n)).softmax(-1).topk(k, -1);
                    values.narrow(0, from, n).copy_(top.values());
                    indices.narrow(0, from, n).copy_(top.indices());
                }
            }
            return new Tensor.Top(values, indices);
        }

        private static Llama.Attend causal(int[] starts, Tensor keys, Tensor values, DType compute) {
            return (layer, q, k, v) -> {
                keys.select(0, layer).copy_(k);
                values.select(0, layer).copy_(v);
                List<Tensor> parts = new ArrayList<>();
                for (int i = 0; i + 1 < starts.length; i++) {
                    int n = starts[i + 1] - starts[i];
                    Tensor mask = additive(Tensor.arange(0, n)
                            .unsqueeze(0)
                            .lt(Tensor.arange(1, n + 1).unsqueeze(1)));
                    parts.add(attention(
                            q.narrow(0, starts[i], n),
                            k.narrow(0, starts[i], n),
                            v.narrow(0, starts[i], n),
                            mask,
                            compute));
                }
                return Tensor.cat(parts, 0);
            };
        }

        KeysValues at(int layer, int sequence) {
            long n = length(sequence);
            return new KeysValues(
                    keys.select(0, layer).narrow(0, starts[sequence], n),
                    values.select(0, layer).narrow(0, starts[sequence], n));
        }

        /** The row of the base's distribution of the token at {@code position}. */
        int teacherRow(int sequence, int position) {
            return teachers[sequence] + position;
        }

        private int length(int sequence) {
            return starts[sequence + 1] - starts[sequence];
        }
    }
}
