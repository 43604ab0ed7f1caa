package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user of a published model sees of how it is written. */
class PublishedModelsTest {

    private final CapturedConsole console = new CapturedConsole();

    private static String fixture(String name) {
        Path fixtures = Path.of("..", "model", "src", "test", "resources", "io", "palimpsest", "model", "verify");
        return fixtures.resolve("fixtures").resolve(name).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "llada/dense_mha, low-confidence, 32, 0, 1",
        "dream/gqa_untied, entropy, 0, 0.2, 0.95",
        "sdar/gqa, low-confidence-dynamic, 4, 1, 1",
        "llada2_moe/mini_bf16_sharded, low-confidence-dynamic, 32, 0, 1",
        "fastdllm_v2/gqa, fast-dllm-v2, 8, 0, 0.95",
        "mdlm/no_time, ancestral, 0, 1, 0.9",
        "bd3lm/block4, first-hitting, 4, 1, 0.9",
        "bert/relu_bf16, dllm, 32, 0, 1"
    })
    void inspect_tells_how_a_model_is_written(String name, String strategy, int block, double temperature, double topP)
            throws IOException {
        assertThat(console.run("inspect", "--json", fixture(name))).isZero();
        JsonNode decoding = console.json().path("decoding");
        assertThat(decoding.path("strategy").asText()).isEqualTo(strategy);
        assertThat(decoding.path("block_length").asInt(0)).isEqualTo(block);
        assertThat(decoding.path("temperature").asDouble()).isEqualTo(temperature);
        assertThat(decoding.path("top_p").asDouble()).isEqualTo(topP);
    }

    @Test
    void a_strategy_is_chosen_by_name() throws IOException {
        String model = fixture("llada/dense_mha");
        String[] arguments = {
            "generate", "--raw", "--json", "--model", model, "--max-tokens", "8", "--strategy", "factor", "the"
        };
        assertThat(console.run(arguments)).isZero();
        assertThat(console.json().path("tokens").asInt()).isEqualTo(8);
    }

    @Test
    void a_strategy_that_there_is_not_is_wrong_usage() {
        assertThat(console.run("generate", "--strategy", "best", "Hi")).isEqualTo(2);
        assertThat(console.errors()).contains("there is no strategy 'best'", "low-confidence");
    }

    @Test
    void a_strategy_that_a_model_cannot_follow_is_wrong_usage() {
        assertThat(console.run("generate", "--raw", "--model", fixture("sdar/gqa"), "--strategy", "daedal", "Hi"))
                .isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("'daedal'", "see each other");
    }
}
