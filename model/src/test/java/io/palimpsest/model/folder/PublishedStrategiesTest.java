package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.BlockCausalDenoiser;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.denoiser.FastDllmV2Denoiser;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedStrategiesTest {

    private static final int MASK = 383;

    private static Canvas canvas(int prompt, int hidden) {
        return Canvas.of(IntStream.range(0, prompt).map(i -> 20 + 3 * i).toArray())
                .extend(hidden);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llada/dense_mha",
                "llada_moe/moe_mixed_bf16",
                "dream/gqa_untied",
                "sdar/gqa",
                "llada2_moe/mini_bf16_sharded",
                "fastdllm_v2/gqa",
                "mdlm/no_time",
                "bd3lm/block4",
                "bert/relu_bf16",
                "a2d/case_b_qwen2/model",
                "mmada/case_a/model"
            })
    void a_row_of_a_batch_of_different_lengths_gets_what_it_gets_alone(String name) {
        try (ModelFolder folder = ModelFolder.open(PublishedFamilyTest.fixture(name));
                LanguageModel model = folder.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = model.network().open()) {
            Sampler sampler = sampler(model.traits(), denoiser);
            int[] prompts = {1, 5, 8, 3};
            List<List<CanvasFrame>> together = new ArrayList<>();
            List<Fill> fills = new ArrayList<>();
            for (int row = 0; row < prompts.length; row++) {
                List<CanvasFrame> frames = new ArrayList<>();
                together.add(frames);
                fills.add(new Fill(canvas(prompts[row], 4 + row), Seed.of(row), frames::add));
            }
            sampler.fill(fills);
            for (int row = 0; row < prompts.length; row++) {
                List<CanvasFrame> alone = new ArrayList<>();
                sampler.fill(List.of(new Fill(canvas(prompts[row], 4 + row), Seed.of(row), alone::add)));
                assertThat(together.get(row)).isEqualTo(alone);
            }
        }
    }

    private static Sampler sampler(Traits traits, Denoiser denoiser) {
        Traits.Decoding own = traits.decoding();
        Blocks blocks =
                own.blockLength().isPresent() ? Blocks.grid(own.blockLength().getAsInt()) : Blocks.whole();
        return own.strategy()
                .sampler(new Strategy.Setting(
                        denoiser,
                        blocks,
                        traits.block().orElse(1),
                        own.steps().orElse(own.blockLength().orElse(6)),
                        own.threshold(),
                        own.temperature(),
                        own.topP(),
                        Strategy.Growth.none()));
    }

    /** Fast-dLLM v2's own way through a text appends its tokens to the canvas one block at a time. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 8, 9, 16, 21})
    void fast_dllm_v2_in_parts_writes_what_its_own_loop_writes(int prompt) {
        PublishedModel model = PublishedModel.load(PublishedFamilyTest.fixture("fastdllm_v2/gqa"), Precision.FP32);
        int end = (prompt + 20) / 8 * 8;
        Canvas own = canvas(prompt, 0);
        Canvas inParts = canvas(prompt, end - prompt);
        Unmasking sure = new Unmasking.AtLeast(Quota.fixed(1), 0.7, Confidence.probability());
        try (FastDllmV2Denoiser loop = new FastDllmV2Denoiser(model.network(), MASK, 8, false);
                BlockCausalDenoiser parts = new BlockCausalDenoiser(model.network(), MASK, 8, 1)) {
            new Sampler(loop, loop.blocks(4, end), new TokenChoice.Greedy(), sure).fill(own, Seed.of(1));
            new Sampler(parts, Blocks.grid(4), new TokenChoice.Greedy(), new Unmasking.Opening(sure, 8))
                    .fill(inParts, Seed.of(1));
        }
        assertThat(inParts.ids(inParts.span())).containsExactly(own.ids(own.span()));
    }

    /** A piece that is the whole block leaves nothing of it stale. */
    @ParameterizedTest
    @ValueSource(ints = {3, 8, 13})
    void pieces_as_long_as_the_block_make_its_cache_exact(int prompt) {
        PublishedModel model = PublishedModel.load(PublishedFamilyTest.fixture("fastdllm_v2/gqa"), Precision.FP32);
        assertThat(written(model, prompt, true)).containsExactly(written(model, prompt, false));
    }

    private static int[] written(PublishedModel model, int prompt, boolean blockCache) {
        Canvas canvas = canvas(prompt, 0);
        Unmasking sure = new Unmasking.AtLeast(Quota.fixed(1), 0.7, Confidence.probability());
        try (FastDllmV2Denoiser denoiser = new FastDllmV2Denoiser(model.network(), MASK, 8, blockCache)) {
            new Sampler(denoiser, denoiser.blocks(8, 25), new TokenChoice.Greedy(), sure).fill(canvas, Seed.of(1));
        }
        return canvas.ids(canvas.span());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void keeping_finished_blocks_changes_no_logits_wherever_the_span_is(int shift) {
        PublishedModel model = PublishedModel.load(PublishedFamilyTest.fixture("fastdllm_v2/gqa"), Precision.FP32);
        CanvasDenoiser all = new CanvasDenoiser(model.network(), MASK, shift, OptionalInt.of(4), 0);
        Canvas canvas = canvas(10, 5).pin(9, 9);
        try (Scope memory = Scope.inference();
                BlockCausalDenoiser kept = new BlockCausalDenoiser(model.network(), MASK, 4, shift)) {
            for (Span span : List.of(
                    new Span(0, 4),
                    new Span(8, 12),
                    new Span(10, 11),
                    new Span(12, 15),
                    new Span(4, 8),
                    new Span(8, 17))) {
                assertThat(kept.logits(canvas, span).toFloats())
                        .as("%s", span)
                        .containsExactly(all.logits(canvas, span).toFloats(), Offset.offset(1e-4f));
            }
        }
    }

    /** A gap sees what stands behind it in its own block, and nothing of later blocks. */
    @Test
    void a_part_of_a_block_sees_the_rest_of_it() {
        PublishedModel model = PublishedModel.load(PublishedFamilyTest.fixture("sdar/gqa"), Precision.FP32);
        try (Scope memory = Scope.inference();
                BlockCausalDenoiser denoiser = new BlockCausalDenoiser(model.network(), MASK, 4)) {
            float[] one = logits(denoiser, 30, 40);
            assertThat(logits(denoiser, 31, 40)).isNotEqualTo(one);
            assertThat(logits(denoiser, 30, 41)).isEqualTo(one);
        }
    }

    private static float[] logits(Denoiser denoiser, int sameBlock, int later) {
        Canvas canvas = canvas(5, 1).pin(sameBlock, 7, later);
        Tensor logits = denoiser.logits(canvas, new Span(5, 6));
        return logits.toFloats();
    }
}
