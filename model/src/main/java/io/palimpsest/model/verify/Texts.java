package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Suppressing;
import io.palimpsest.diffusion.denoiser.Truncating;
import io.palimpsest.diffusion.guidance.ClassifierFree;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.BlockCausalDenoiser;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.denoiser.FastDllmDenoiser;
import io.palimpsest.model.denoiser.FastDllmV2Denoiser;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Recorded texts of the published samplers, each as the composition of parts that it is. */
final class Texts {

    private Texts() {}

    /** Chooses the sampler by family, and within a family by what the test says of it. */
    static void generate(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        if (subject.fixture().family().equals("mdlm")) {
            Ancestral.run(subject, test, comparison);
            return;
        }
        Generation g = new Generation(subject, test, comparison);
        switch (subject.fixture().family()) {
            case "llada", "llada_moe", "mmada" -> llada(subject, test, g);
            case "dream" -> dream(test, g);
            case "sdar" -> sdar(test, g);
            case "llada2_moe", "llada2" -> llada2(subject, test, g);
            case "fastdllm_v2", "fast_dllm_v2" -> fastDllmV2(test, g);
            case "bert" -> bert(test, g);
            case "bd3lm" -> bd3lm(test, g);
            case "a2d" -> a2d(test, g);
            default ->
                throw new UnsupportedTestException(
                        "no sampler for " + subject.fixture().family());
        }
        g.compare();
    }

    private static String sampler(RecordedTest test) {
        return (test.text("sampler") + " " + test.node().path("reference").asText() + " " + test.name())
                .toLowerCase(Locale.ROOT);
    }

    private static void requireGreedy(RecordedTest test) {
        Optional<JsonNode> temperature = test.optional("temperature");
        if (temperature.isPresent() && temperature.get().asDouble(0) != 0) {
            throw new UnsupportedTestException("it draws tokens at random");
        }
        if (test.text("remasking").equals("random")) {
            throw new UnsupportedTestException("it unmasks at random");
        }
    }

    private static Sampler greedy(Denoiser denoiser, Blocks blocks, Unmasking unmasking) {
        return new Sampler(denoiser, blocks, new TokenChoice.Greedy(), unmasking);
    }

    private static Denoiser guided(RecordedTest test, Denoiser denoiser) {
        double scale = test.number("cfg_scale", 0);
        return scale > 0 ? new ClassifierFree(denoiser, scale) : denoiser;
    }

    private static void llada(Replay.Subject subject, RecordedTest test, Generation g) {
        requireGreedy(test);
        String sampler = sampler(test);
        if (sampler.contains("mdlmsampler") || sampler.contains("dllm_sample") || sampler.contains("dllm_infill")) {
            dllm(test, g, 0);
            return;
        }
        int length = test.integer("gen_length", test.integer("max_new_tokens", 0));
        int block = test.integer("block_length", length);
        int steps = Math.max(1, test.integer("steps") / Math.max(1, length / block));
        boolean prefix = sampler.contains("prefix");
        boolean dual = sampler.contains("dual");
        Denoiser full = prefix || dual
                ? new FastDllmDenoiser(g.network, g.maskId(), 0, dual)
                : new CanvasDenoiser(g.network, g.maskId(), 0);
        Set<Integer> ends = new TreeSet<>();
        subject.fixture().id("eos").ifPresent(ends::add);
        Denoiser denoiser = guided(test, full);
        if (test.flag("logits_eos_inf")) {
            denoiser = new Suppressing(denoiser, Set.copyOf(ends));
        }
        subject.fixture().id("eot").ifPresent(ends::add);
        Confidence confidence =
                test.flag("confidence_eos_eot_inf") ? Confidence.probabilityWithout(ends) : Confidence.probability();
        g.prompted(length);
        g.fill(greedy(denoiser, Blocks.of(block), fast(test, steps, confidence)));
    }

    private static Unmasking fast(RecordedTest test, int steps, Confidence confidence) {
        if (test.optional("threshold").isPresent()) {
            return new Unmasking.Threshold(test.number("threshold", 1), confidence);
        }
        return test.optional("factor").isPresent()
                ? new Unmasking.Factor(test.number("factor", 1))
                : new Unmasking.Scheduled(Quota.even(steps), confidence);
    }

    /** dLLM's sampler for masked models: prompts of any lengths, or texts with gaps. */
    private static void dllm(RecordedTest test, Generation g, int shift) {
        requireGreedy(test);
        boolean infill = test.optional("max_new_tokens").isEmpty();
        int length = test.integer("max_new_tokens", 0);
        if (infill) {
            g.given(test.rows(firstOf(test, "inputs", "input_ids", "prompts", "prompt")));
        } else {
            g.prompted(length);
        }
        int longest = g.canvases.stream().mapToInt(Canvas::length).max().orElse(1);
        int block = test.integer("block_size", infill ? longest : length);
        int blocks = ceil(infill ? longest : length, block);
        int steps = ceil(test.integer("steps"), blocks);
        Denoiser denoiser = guided(test, new CanvasDenoiser(g.network, g.maskId(), shift));
        Set<Integer> never = ids(test, "suppress_tokens");
        Set<Integer> unsure = ids(test, "begin_suppress_tokens");
        g.fill(greedy(
                never.isEmpty() ? denoiser : new Suppressing(denoiser, never),
                infill ? Blocks.grid(block) : Blocks.of(block),
                new Unmasking.Scheduled(
                        new Quota.Rounded(steps),
                        unsure.isEmpty() ? Confidence.probability() : Confidence.probabilityWithout(unsure))));
    }

    private static String firstOf(RecordedTest test, String... roles) {
        return Arrays.stream(roles)
                .filter(test::has)
                .findFirst()
                .orElseThrow(() -> new UnsupportedTestException("it records none of " + List.of(roles)));
    }

    static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }

    private static Set<Integer> ids(RecordedTest test, String key) {
        Set<Integer> ids = new TreeSet<>();
        test.optional(key).ifPresent(list -> Arrays.stream(TextReplay.ids(list)).forEach(ids::add));
        return ids;
    }

    private static void dream(RecordedTest test, Generation g) {
        requireGreedy(test);
        String sampler = sampler(test);
        if (sampler.contains("dllm_sample") || sampler.contains("dllm_infill")) {
            dreamByDllm(test, g);
            return;
        }
        int length = test.integer("max_new_tokens");
        int steps = test.integer("steps");
        boolean cached = test.optional("dual_cache").isPresent();
        int block = cached ? test.integer("block_length", length) : length;
        int perBlock = steps / Math.max(1, length / block);
        Denoiser plain = cached
                ? new FastDllmDenoiser(g.network, g.maskId(), 1, test.flag("dual_cache"))
                : new CanvasDenoiser(g.network, g.maskId(), 1);
        Unmasking unmasking = dreamRule(test, cached ? perBlock : steps, cached, g.prompts()[0].length + length);
        g.prompted(length);
        g.fill(greedy(
                filtered(test, plain),
                cached ? Blocks.of(block) : Blocks.whole(),
                cached ? new Unmasking.Opening(unmasking, 1) : unmasking));
    }

    private static void dreamByDllm(RecordedTest test, Generation g) {
        if (test.optional("max_new_tokens").isPresent()) {
            g.prompted(test.integer("max_new_tokens"));
        } else {
            g.given(test.rows(firstOf(test, "inputs", "input_ids", "prompts", "prompt")));
        }
        g.leftPadded();
        Denoiser denoiser = guided(test, new CanvasDenoiser(g.network, g.maskId(), 1));
        g.fill(greedy(
                filtered(test, denoiser),
                Blocks.whole(),
                new Unmasking.Scheduled(new Quota.Rounded(test.integer("steps")), dreamConfidence(test.text("alg")))));
    }

    private static Unmasking dreamRule(RecordedTest test, int steps, boolean cached, int width) {
        String alg = test.text("alg");
        if (alg.equals("confidence_threshold")) {
            double threshold = test.number("threshold", 1);
            return cached
                    ? new Unmasking.Threshold(threshold, Confidence.probability())
                    : new Unmasking.HoldingBack(steps, threshold, Confidence.probability());
        }
        return new TiesOfTopk(new Quota.OverTime(steps, test.number("eps", 1e-3)), dreamConfidence(alg), width);
    }

    private static Confidence dreamConfidence(String alg) {
        return switch (alg) {
            case "maskgit_plus" -> Confidence.probability();
            case "topk_margin" -> Confidence.margin();
            case "entropy" -> Confidence.negativeEntropy();
            default -> throw new UnsupportedTestException("its algorithm is '" + alg + "'");
        };
    }

    private static Denoiser filtered(RecordedTest test, Denoiser denoiser) {
        double topP = test.number("top_p", 1);
        int topK = test.integer("top_k", 0);
        return topP < 1 || topK > 0 ? new Truncating(denoiser, topP, topK) : denoiser;
    }

    private static void sdar(RecordedTest test, Generation g) {
        int block = test.integer("block_length");
        int[] prompt = g.prompts()[0];
        Canvas canvas = Sdar.canvas(prompt, test.integer("gen_length"), block);
        g.canvases.add(canvas);
        Set<Integer> stops = ids(test, "stopping_criteria_idx");
        Quota quota = new Quota.OfBlock(test.integer("denoising_steps"));
        try (BlockCausalDenoiser cached = new BlockCausalDenoiser(g.network, g.maskId(), block)) {
            g.fill(new Sampler(
                    filtered(test, new Unreleased(cached)),
                    Blocks.grid(block).endingAfter(stops),
                    new TokenChoice.Greedy(),
                    sdarRule(test, quota),
                    new Sdar.Overflow(quota, test.text("remasking_strategy").startsWith("low_confidence"))));
            int[] hidden = canvas.hidden(canvas.span());
            int finished = hidden.length == 0 ? canvas.length() : hidden[0] / block * block;
            cached.settle(canvas, finished); // the reference stores its last block as well
        }
    }

    private static Unmasking sdarRule(RecordedTest test, Quota quota) {
        return switch (test.text("remasking_strategy")) {
            case "low_confidence_static" -> new Unmasking.Scheduled(quota, Confidence.probability());
            case "low_confidence_dynamic" ->
                new Unmasking.AtLeast(quota, test.number("confidence_threshold", 1), Confidence.probability());
            case "sequential" -> new Unmasking.Scheduled(quota, Confidence.leftToRight());
            default -> throw new UnsupportedTestException("its strategy is '" + test.text("remasking_strategy") + "'");
        };
    }

    /** A denoiser that keeps its caches when a canvas is filled. */
    private record Unreleased(Denoiser denoiser) implements Denoiser {

        @Override
        public List<Tensor> logits(List<View> views) {
            return denoiser.logits(views);
        }
    }

    private static void llada2(Replay.Subject subject, RecordedTest test, Generation g) {
        requireGreedy(test);
        int block = test.integer("block_length");
        int length = test.integer("gen_length");
        int prompt = g.prompts()[0].length;
        g.prompted(ceil(prompt + length, block) * block - prompt);
        int steps = Math.min(test.integer("steps"), length / test.integer("minimal_topk", 1));
        int end = test.integer("eos_id", subject.fixture().id("eos").orElse(Canvas.NO_TOKEN));
        Blocks grid = Blocks.grid(block);
        Blocks blocks = test.flag("eos_early_stop") ? grid.stoppingAt(Set.of(end)) : grid.endingAfter(Set.of(end));
        Denoiser denoiser = new CanvasDenoiser(g.network, g.maskId(), 0, OptionalInt.of(block), 0);
        g.fill(greedy(
                denoiser,
                blocks,
                new Unmasking.AtLeast(
                        new Quota.OfBlock(steps), test.number("threshold", 0.95), Confidence.probability())));
        cut(g.canvases.get(0), prompt, length, end);
    }

    /** Drops what follows the first end token, and what is longer than was asked for. */
    static void cut(Canvas canvas, int prompt, int length, int end) {
        canvas.truncate(prompt + length);
        for (int i = prompt; i < canvas.length(); i++) {
            if (canvas.id(i) == end) {
                canvas.truncate(i + 1);
            }
        }
    }

    private static void fastDllmV2(RecordedTest test, Generation g) {
        requireGreedy(test);
        int block = test.integer("block_size");
        int small = test.integer("small_block_size", block);
        int blocks = test.integer("max_new_tokens") / block;
        Set<Integer> stops = ids(test.optional("stop_token"));
        g.prompted(0);
        g.waiting();
        int longest = g.canvases.stream().mapToInt(Canvas::length).max().orElse(0);
        int end = (longest / block + blocks) * block + 1; // one token follows the last block, too
        try (FastDllmV2Denoiser denoiser =
                new FastDllmV2Denoiser(g.network, g.maskId(), block, test.flag("use_block_cache"))) {
            Blocks walk = denoiser.blocks(small, end).stoppingAt(stops);
            g.fill(greedy(new Unreleased(denoiser), walk, above(test.number("threshold", 1))));
        }
    }

    /** All proposals above {@code threshold}, and always the best. */
    private static Unmasking above(double threshold) {
        return new Unmasking.AtLeast(Quota.fixed(1), threshold, Confidence.probability());
    }

    private static Set<Integer> ids(Optional<JsonNode> one) {
        return one.map(id -> Set.of(id.asInt())).orElse(Set.of());
    }

    private static void bert(RecordedTest test, Generation g) {
        if (test.optional("per_step").isEmpty()) {
            dllm(test, g, 0);
            return;
        }
        g.given(new int[][] {test.rows("canvas")[0]});
        Denoiser denoiser = new Suppressing(new CanvasDenoiser(g.network, g.maskId(), 0), ids(test, "suppressed_ids"));
        g.fill(greedy(
                denoiser,
                Blocks.whole(),
                new Unmasking.Scheduled(Quota.fixed(test.integer("per_step")), Confidence.probability())));
    }

    private static void bd3lm(RecordedTest test, Generation g) {
        int block = test.integer("block_size");
        g.given(new int[][] {test.rows("canvas")[0]});
        Denoiser denoiser = new Suppressing(
                new CanvasDenoiser(g.network, g.maskId(), 0, OptionalInt.of(block), 0), Set.of(g.maskId()));
        g.fill(greedy(
                denoiser,
                Blocks.grid(block),
                new Unmasking.Scheduled(Quota.fixed(test.integer("per_step")), Confidence.probability())));
    }

    private static void a2d(RecordedTest test, Generation g) {
        int shift = test.flag("right_shift_logits") ? 1 : 0;
        if (sampler(test).contains("bd3lm")) {
            blockDiffusion(test, g, shift);
        } else {
            dllm(test, g, shift);
        }
    }

    /** dLLM's block diffusion sampler: the prompt is padded on its left to whole blocks. */
    private static void blockDiffusion(RecordedTest test, Generation g, int shift) {
        int block = test.integer("block_size");
        int length = test.integer("max_new_tokens");
        g.prompted(length);
        int steps = ceil(test.integer("steps"), ceil(length, block));
        g.leftPadded();
        g.fill(greedy(
                guided(test, new Offset(g, shift, block)),
                Blocks.of(block),
                new Unmasking.Scheduled(new Quota.Rounded(steps), Confidence.probability())));
    }

    /** Block-causal attention in which the first generated token begins a block. */
    private record Offset(Generation g, int shift, int block) implements Denoiser {

        @Override
        public List<Tensor> logits(List<View> views) {
            return views.stream().map(this::logits).toList();
        }

        private Tensor logits(View view) {
            int offset = Math.floorMod(-view.span().start(), block);
            return new CanvasDenoiser(g.network, g.maskId(), shift, OptionalInt.of(block), offset)
                    .logits(List.of(new View(view.canvas(), view.span())))
                    .get(0);
        }
    }
}
