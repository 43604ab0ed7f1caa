package io.palimpsest.training.objective;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.architecture.SoftMask;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
     * @param stated the share of fully hidden blocks whose hidden positions have a state: what a pass before expected there
     *     (self-conditioning, arXiv:2208.04202)
     */
    public record Settings(
            int[] lengths,
            double fullyHidden,
            double rightContext,
            double soft,
            int tilings,
            int teacherTokens,
            double stated) {

        /** Hidden positions are the mask alone. */
        public Settings(
                int[] lengths, double fullyHidden, double rightContext, double soft, int tilings, int teacherTokens) {
            this(lengths, fullyHidden, rightContext, soft, tilings, teacherTokens, 0);
        }

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
        CleanPass clean = CleanPass.of(model.body(), batch, settings.teacherTokens);
        List<CanvasPlan> plans = IntStream.range(0, batch.size())
                .mapToObj(i -> CanvasPlan.draw(batch.get(i), settings, seed.child(i)))
                .toList();
        Tensor x =
                model.embedCanvas(concat(plans.stream().map(CanvasPlan::ids).toList()), expected(model, clean, plans));
        return score(model, canvas(model, x, clean, plans), clean, plans);
    }

    /** Canvas rows through the layers. */
    private static Tensor canvas(GatedLlama model, Tensor x, CleanPass clean, List<CanvasPlan> plans) { // (M, C)
        int[] positions = concat(plans.stream().map(CanvasPlan::positions).toList());
        Llama body = model.body();
        return body.layers(model.entry(), body.blocks().size(), x, body.rope().at(positions), 0, clean.attend(plans));
    }

    /** What the passes before expected at each row; no gradient flows into them. */
    private static Optional<SoftMask.Expected> expected(GatedLlama model, CleanPass clean, List<CanvasPlan> plans) {
        if (model.state().isEmpty() || plans.stream().allMatch(p -> p.earlier().isEmpty())) {
            return Optional.empty();
        }
        return Optional.of(Scope.withoutGradients(() -> earlier(model, clean, plans)));
    }

    private static SoftMask.Expected earlier(GatedLlama model, CleanPass clean, List<CanvasPlan> plans) {
        List<CanvasPlan> before =
                plans.stream().map(p -> p.earlier().orElseGet(p::withoutRows)).toList();
        Tensor hidden =
                model.embedCanvas(concat(before.stream().map(CanvasPlan::ids).toList()), Optional.empty());
        Tensor x = canvas(model, hidden, clean, before); // (P, C)
        List<Integer> rows = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < plans.size(); i++) {
            for (int row : plans.get(i).expectations()) {
                rows.add(row < 0 ? -1 : first + row);
            }
            first += before.get(i).ids().length;
        }
        return model.expected(x).at(rows.stream().mapToInt(Integer::intValue).toArray());
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

    static Tensor ids(List<Integer> values) {
        return Tensor.ids(values.stream().mapToInt(Integer::intValue).toArray());
    }

    static int[] concat(List<int[]> parts) {
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }
}
