package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.BlockCausalDenoiser;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedFamilyTest {

    private static final int MASK = 383;

    static Path fixture(String name) {
        try {
            String path = "/io/palimpsest/model/verify/fixtures/" + name;
            return Path.of(Objects.requireNonNull(PublishedFamilyTest.class.getResource(path), path)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llada/dense_mha",
                "dream/gqa_untied",
                "sdar/gqa",
                "llada2_moe/mini_bf16_sharded",
                "fastdllm_v2/gqa",
                "llada_moe/moe_mixed_bf16",
                "bert/relu_bf16",
                "a2d/case_a_qwen3/model"
            })
    void a_published_model_is_opened_loaded_and_writes_no_masks(String name) {
        try (ModelFolder folder = ModelFolder.open(fixture(name));
                LanguageModel model = folder.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = model.network().open()) {
            int prompt = 5;
            Canvas canvas = Canvas.of(9, 10, 11, 12, 13);
            Sampler sampler = new Sampler(
                    denoiser, Blocks.growing(6, 12, Set.of()), new TokenChoice.Greedy(), Unmasking.threshold(0.9));
            sampler.fill(canvas, Seed.of(1));
            int[] written = canvas.ids(new Span(prompt, canvas.length()));
            assertThat(written).hasSize(12).doesNotContain(Canvas.NO_TOKEN);
            int mask = folder.checkpoint().config().integer("mask_token_id", 0, 1 << 24, -1);
            assertThat(written).doesNotContain(mask);
        }
    }

    @Test
    void keeping_finished_blocks_changes_no_logits() {
        PublishedModel model = PublishedModel.load(fixture("sdar/gqa"), Precision.FP32);
        Canvas canvas = Canvas.of(1, 2, 3, 4, 5, 6, 7, 8, 9).extend(3);
        Span block = new Span(8, 12);
        try (Scope memory = Scope.inference();
                BlockCausalDenoiser kept = new BlockCausalDenoiser(model.network(), MASK, 4)) {
            CanvasDenoiser all = new CanvasDenoiser(model.network(), MASK, 0, OptionalInt.of(4), 0);
            float[] expected = all.logits(canvas, block).toFloats();
            assertThat(kept.logits(canvas, block).toFloats()).containsExactly(expected, Offset.offset(1e-4f));
        }
    }
}
