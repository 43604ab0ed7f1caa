package io.palimpsest.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {

    @TempDir
    private Path scratch;

    private static Path copy(Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(GgufFamiliesTest.fixture("sdar/tied_bf16"))) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        Files.delete(to.resolve("fixtures.safetensors"));
        return to;
    }

    @Test
    void a_model_from_the_hub_has_its_repositorys_name() throws IOException {
        Path snapshot = copy(scratch.resolve("hub/models--JetLM--SDAR-1.7B/snapshots/" + "0123456789".repeat(4)));
        try (ModelFolder folder = ModelFolder.open(snapshot)) {
            assertThat(folder.name()).isEqualTo("JetLM/SDAR-1.7B");
            assertThat(folder.description().name()).isEqualTo("JetLM/SDAR-1.7B");
        }
    }

    @Test
    void a_folder_of_ones_own_has_its_own_name() throws IOException {
        try (ModelFolder folder = ModelFolder.open(copy(scratch.resolve("my-model")))) {
            assertThat(folder.name()).isEqualTo("my-model");
        }
    }

    @Test
    void the_only_file_of_tensors_is_the_weights_whatever_it_is_called() throws IOException {
        Path folder = copy(scratch.resolve("model"));
        Files.move(folder.resolve("model.safetensors"), folder.resolve("diffusion_pytorch_model.safetensors"));
        try (ModelFolder opened = ModelFolder.open(folder)) {
            assertThat(opened.weightsFile()).hasFileName("diffusion_pytorch_model.safetensors");
        }
    }

    @Test
    void several_files_of_tensors_without_an_index_are_not_guessed_among() throws IOException {
        Path folder = copy(scratch.resolve("model"));
        Files.copy(folder.resolve("model.safetensors"), folder.resolve("a.safetensors"));
        Files.move(folder.resolve("model.safetensors"), folder.resolve("b.safetensors"));
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining("a.safetensors, b.safetensors");
    }

    @Test
    void a_model_of_a_family_without_adapters_refuses_one() throws IOException {
        Path model = copy(scratch.resolve("model"));
        Path adapter = Files.createDirectories(scratch.resolve("adapter"));
        Files.writeString(adapter.resolve("adapter_config.json"), "{\"r\": 8, \"lora_alpha\": 8}");
        Files.copy(model.resolve("model.safetensors"), adapter.resolve("adapter_model.safetensors"));
        assertThatThrownBy(() -> ModelFolder.open(model, adapter))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("adapter")
                .hasMessageContaining("Llama-style")
                .hasMessageContaining("SDAR");
    }
}
