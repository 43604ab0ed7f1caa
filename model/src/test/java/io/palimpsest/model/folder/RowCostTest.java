package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.tensor.file.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowCostTest {

    private static final TensorInfo TABLE = tensor("model.embed_tokens.weight", 100, 8);
    private static final TensorInfo HEAD = tensor("lm_head.weight", 100, 8);
    private static final TensorInfo MAP = tensor("model.layers.0.mlp.up_proj.weight", 16, 8);
    private static final TensorInfo NORM = tensor("model.norm.weight", 8);

    private static TensorInfo tensor(String name, long... shape) {
        return new TensorInfo(name, "F32", shape, 0, 0);
    }

    private static long cost(String config, TensorInfo... tensors) throws JsonProcessingException {
        return RowCost.of(
                List.of(tensors), new Configuration(Path.of("config.json"), new ObjectMapper().readTree(config)));
    }

    @Test
    void a_table_is_looked_up_where_there_is_a_head_and_multiplies_where_there_is_none() throws Exception {
        assertThat(cost("{\"vocab_size\": 100}", TABLE, HEAD, MAP, NORM)).isEqualTo(800 + 128);
        assertThat(cost("{\"vocab_size\": 100}", TABLE, MAP, NORM)).isEqualTo(800 + 128);
        assertThat(cost("{\"vocab_size\": 100}", MAP, HEAD)).isEqualTo(800 + 128);
    }

    @Test
    void of_experts_only_the_chosen_multiply() throws Exception {
        TensorInfo[] tensors = {
            HEAD,
            tensor("model.layers.0.mlp.experts.0.up_proj.weight", 16, 8),
            tensor("model.layers.0.mlp.experts.1.up_proj.weight", 16, 8),
            tensor("model.layers.0.mlp.shared_experts.up_proj.weight", 16, 8)
        };
        assertThat(cost("{\"vocab_size\": 100, \"num_experts\": 2, \"num_experts_per_tok\": 1}", tensors))
                .isEqualTo(800 + 128 + 128);
    }
}
