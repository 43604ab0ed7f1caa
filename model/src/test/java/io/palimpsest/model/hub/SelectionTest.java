package io.palimpsest.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which files of the repositories that there are a pull takes. */
class SelectionTest {

    private static final Repository REPO = Repository.parse("acme/tiny");

    private static List<String> chosen(Optional<String> file, String... names) {
        return Selection.of(List.of(names), file, REPO).chosen();
    }

    @Test
    void shards_come_with_their_index_and_without_other_forms() {
        assertThat(chosen(
                        Optional.empty(),
                        "config.json",
                        "configuration_llada.py",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "consolidated.safetensors",
                        "onnx/model.onnx",
                        "original/config.json"))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
    }

    @Test
    void a_missing_shard_is_named() {
        assertThatThrownBy(() -> chosen(
                        Optional.empty(),
                        "model-00001-of-00003.safetensors",
                        "model-00003-of-00003.safetensors",
                        "model.safetensors.index.json"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("lacks part 2 of the 3 of model.safetensors");
    }

    @Test
    void parts_are_counted_with_any_number_of_digits() {
        assertThat(chosen(
                        Optional.empty(),
                        "model.safetensors.index.json",
                        "model-00001-of-000002.safetensors",
                        "model-00002-of-000002.safetensors"))
                .hasSize(3);
    }

    @Test
    void weights_of_another_name_are_taken_whole() {
        assertThat(chosen(Optional.empty(), "config.json", "diffusion.safetensors"))
                .contains("diffusion.safetensors");
    }

    @Test
    void one_gguf_needs_no_choice_and_several_do() {
        assertThat(chosen(Optional.empty(), "tiny-q8.gguf", "mmproj-tiny.gguf")).containsExactly("tiny-q8.gguf");
        assertThatThrownBy(() -> chosen(Optional.empty(), "tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--file: tiny-Q4_K_M.gguf, tiny-Q8_0.gguf");
    }

    @Test
    void a_gguf_is_chosen_by_its_name_or_a_part_of_it() {
        String[] names = {"model.safetensors", "tiny-Q4_K_M.gguf", "tiny-Q4_K_S.gguf", "tiny-Q8_0.gguf"};
        assertThat(chosen(Optional.of("tiny-Q8_0.gguf"), names)).containsExactly("tiny-Q8_0.gguf");
        assertThat(chosen(Optional.of("q4_k_m"), names)).containsExactly("tiny-Q4_K_M.gguf");
        assertThatThrownBy(() -> chosen(Optional.of("Q4"), names)).hasMessageContaining("fits 2 files");
        assertThatThrownBy(() -> chosen(Optional.of("Q2"), names)).hasMessageContaining("fits no files");
    }

    @Test
    void a_gguf_in_parts_is_one_choice() {
        assertThat(chosen(Optional.empty(), "Q8/a-00001-of-00002.gguf", "Q8/a-00002-of-00002.gguf"))
                .containsExactly("Q8/a-00001-of-00002.gguf", "Q8/a-00002-of-00002.gguf");
    }

    @Test
    void code_cannot_be_chosen() {
        assertThatThrownBy(() -> chosen(Optional.of("modeling.py"), "modeling.py", "model.safetensors"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("never run");
    }
}
