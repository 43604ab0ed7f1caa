package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.models.DefaultModel;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The default model's base against an independent implementation (transformers, fp32), and int8 against fp32. */
class FidelityTest {

    private static LanguageModel fp32;
    private static LanguageModel int8;
    private static JsonNode golden;

    @BeforeAll
    static void load() throws IOException {
        try (ModelFolder folder = ModelFolder.open(DefaultModel.folder());
                InputStream in = Objects.requireNonNull(
                        FidelityTest.class.getResourceAsStream("smollm2-golden.json"), "smollm2-golden.json")) {
            fp32 = folder.load(Options.defaults().precision(Precision.FP32));
            int8 = folder.load(Options.defaults().precision(Precision.INT8));
            golden = new ObjectMapper().readTree(in).path("generations");
        }
    }

    @AfterAll
    static void close() {
        fp32.close();
        int8.close();
    }

    @Test
    void logits_agree_with_an_independent_implementation() {
        for (JsonNode one : golden) {
            int[] prompt = ids(one.path("prompt_ids"));
            try (Scope memory = Scope.inference()) {
                Tensor logits = causal(fp32, prompt);
                assertThat(logits.argmax(-1).toInts()).isEqualTo(ids(one.path("argmax_each_position")));
                float[] last = logits.select(0, prompt.length - 1L).toFloats();
                int[] best = ids(one.path("last_top8_ids"));
                for (int i = 0; i < best.length; i++) {
                    double expected = one.path("last_top8_logits").path(i).doubleValue();
                    assertThat((double) last[best[i]]).isCloseTo(expected, within(1e-3));
                }
            }
        }
    }

    @Test
    void token_ids_agree_with_an_independent_implementation() {
        for (JsonNode one : golden) {
            assertThat(fp32.tokenizer().encodeTemplate(one.path("rendered").asText()))
                    .isEqualTo(ids(one.path("prompt_ids")));
        }
    }

    @Test
    void eight_bits_keep_the_models_opinion() {
        double divergence = 0;
        int positions = 0;
        for (JsonNode one : golden) {
            int[] text = concat(ids(one.path("prompt_ids")), ids(one.path("output_ids")));
            try (Scope memory = Scope.inference()) {
                Tensor exact = causal(fp32, text).logSoftmax(-1);
                Tensor rounded = causal(int8, text).logSoftmax(-1);
                divergence += exact.exp().mul(exact.sub(rounded)).sum().item();
                positions += text.length;
            }
        }
        assertThat(divergence / positions).isLessThan(0.05);
    }

    @Test
    void a_rows_logits_are_the_same_bits_alone_and_beside_others() {
        int[] text = concat(
                ids(golden.path(0).path("prompt_ids")), ids(golden.path(0).path("output_ids")));
        Canvas one = Canvas.of(Arrays.copyOf(text, 20)).extend(5);
        Canvas other = Canvas.of(Arrays.copyOfRange(text, 10, 23)).extend(9);
        Span asked = new Span(20, 25);
        try (Scope memory = Scope.inference();
                Denoiser alone = int8.network().open();
                Denoiser together = int8.network().open()) {
            byte[] expected = alone.logits(one, asked).toBytes();
            List<Tensor> both =
                    together.logits(List.of(new Denoiser.View(other, new Span(13, 22)), new Denoiser.View(one, asked)));
            assertThat(both.get(1).toBytes()).isEqualTo(expected);
        }
    }

    @Test
    void a_settled_rows_logits_are_the_same_bits_token_by_token_and_in_one_pass() {
        int[] text = concat(
                ids(golden.path(1).path("prompt_ids")), ids(golden.path(1).path("output_ids")));
        int start = 10;
        try (Scope memory = Scope.inference();
                Denoiser single = int8.network().open();
                Denoiser whole = int8.network().open()) {
            Canvas canvas = Canvas.of(Arrays.copyOf(text, start));
            Canvas drafted = Canvas.of(Arrays.copyOf(text, start)).extend(text.length - start);
            for (int i = start; i < text.length; i++) {
                drafted.draft(i, text[i], 1);
            }
            Tensor all = ((HybridDenoiser) whole)
                    .pass(drafted, text.length - start, 0)
                    .causal();
            for (int i = start; i < text.length; i++) {
                byte[] expected =
                        ((HybridDenoiser) single).pass(canvas, 0, 3).causal().toBytes();
                assertThat(all.narrow(0, i - start, 1).contiguous().toBytes())
                        .as("row %d", i)
                        .isEqualTo(expected);
                canvas.pin(text[i]);
            }
        }
    }

    private static Tensor causal(LanguageModel model, int[] text) { // -> (text.length, V)
        Canvas canvas = Canvas.of(text[0]).extend(text.length - 1);
        for (int i = 1; i < text.length; i++) {
            canvas.draft(i, text[i], 1);
        }
        try (Denoiser denoiser = model.network().open()) {
            return ((HybridDenoiser) denoiser).pass(canvas, text.length - 1, 0).causal();
        }
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
