package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.models.DefaultModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is not what it should be ends with status 3 and one line that names the file. */
class BadModelsTest {

    private static final int HEADER = 4 << 20; // the GGUF header of the default model is shorter

    @TempDir
    private Path folder;

    private final CapturedConsole console = new CapturedConsole();

    private void refuses(String... said) {
        int status = console.run("generate", "--model", folder.toString(), "--max-tokens", "1", "Hi");
        assertThat(console.errors()).hasLineCount(1).contains(said);
        assertThat(console.output()).isEmpty();
        assertThat(status).isEqualTo(3);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private Path gguf() throws IOException {
        try (Stream<Path> files = Files.list(DefaultModel.folder())) {
            return files.filter(file -> file.toString().endsWith(".gguf"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void linkBase() throws IOException {
        Files.createSymbolicLink(folder.resolve("base.gguf"), gguf().toAbsolutePath());
    }

    @Test
    void an_empty_folder() {
        refuses(folder.toString(), "no config.json and 0 GGUF files");
    }

    @Test
    void a_file_that_is_no_gguf() throws IOException {
        write("model.gguf", "hello");
        refuses("model.gguf");
    }

    @Test
    void a_gguf_cut_off_behind_its_header() throws IOException {
        try (InputStream in = Files.newInputStream(gguf())) {
            Files.write(folder.resolve("model.gguf"), in.readNBytes(HEADER));
        }
        refuses("model.gguf");
    }

    @Test
    void a_gguf_cut_off_in_its_header() throws IOException {
        try (InputStream in = Files.newInputStream(gguf())) {
            Files.write(folder.resolve("model.gguf"), in.readNBytes(1000));
        }
        refuses("model.gguf");
    }

    @Test
    void a_configuration_that_is_no_json() throws IOException {
        write("config.json", "{\"model_type\": llama}");
        write("model.safetensors", "");
        refuses("config.json", "not valid JSON at line 1");
    }

    @Test
    void a_configuration_as_deep_as_a_well() throws IOException {
        write("config.json", "[".repeat(100_000));
        write("model.safetensors", "");
        refuses("config.json", "not valid JSON");
    }

    @Test
    void an_adapter_without_its_tensors() throws IOException {
        linkBase();
        write("adapter_config.json", "{\"r\": 8, \"lora_alpha\": 8}");
        refuses("adapter_model.safetensors");
    }

    @Test
    void an_adapter_of_another_kind() throws IOException {
        linkBase();
        write("adapter_config.json", "{\"peft_type\": \"IA3\"}");
        refuses("adapter_config.json", "'peft_type' should be 'LORA', but is IA3");
    }

    @Test
    void an_adapter_without_the_embedding_of_hidden_positions() throws IOException {
        linkBase();
        write("adapter_config.json", "{\"r\": 8, \"lora_alpha\": 8}");
        Files.write(folder.resolve("adapter_model.safetensors"), safetensors("{}", 0));
        refuses("adapter_model.safetensors", "mask_embedding");
    }

    @Test
    void an_adapter_made_for_a_wider_model() throws IOException {
        linkBase();
        write("adapter_config.json", "{\"r\": 8, \"lora_alpha\": 8}");
        String tensors = "{\"mask_embedding\":{\"dtype\":\"F32\",\"shape\":[600],\"data_offsets\":[0,2400]}}";
        Files.write(folder.resolve("adapter_model.safetensors"), safetensors(tensors, 2400));
        refuses("adapter_model.safetensors", "mask_embedding", "[600]", "[576]");
    }

    @Test
    void an_adapter_made_for_a_deeper_model() throws IOException {
        linkBase();
        write("adapter_config.json", "{\"r\": 8, \"lora_alpha\": 8}");
        String tensors = "{\"model.layers.31.mlp.down_proj.lora_A.weight\":"
                + "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        Files.write(folder.resolve("adapter_model.safetensors"), safetensors(tensors, 4));
        refuses("adapter_model.safetensors", "layers.31", "30");
    }

    private static byte[] safetensors(String header, int bytes) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 8; i++) {
            file.write((int) ((long) json.length >>> (8 * i)));
        }
        file.writeBytes(json);
        file.write(new byte[bytes]);
        return file.toByteArray();
    }

    @Test
    void a_model_that_is_not_there() {
        for (List<String> verb : List.of(List.of("generate", "Hi"), List.of("score"), List.of("inspect"))) {
            String[] arguments = Stream.concat(verb.stream(), Stream.of("--model", folder + "/none"))
                    .toArray(String[]::new);
            assertThat(console.run(arguments)).isEqualTo(3);
            assertThat(console.errors()).hasLineCount(1).contains("/none");
        }
    }
}
