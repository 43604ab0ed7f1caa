package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.models.DefaultModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Verbs at work with the model that ships with Palimpsest: records of what they do, adapters of other folders. */
class ModelVerbsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private final CapturedConsole console = new CapturedConsole();

    private int run(String input, String... arguments) {
        return Main.run(console.reading(input), arguments);
    }

    /** The adapter of the default model, without its base. */
    private Path adapterAlone() throws IOException {
        Path alone = Files.createDirectories(folder.resolve("alone"));
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(DefaultModel.folder().resolve(name), alone.resolve(name));
        }
        return alone;
    }

    @Test
    void the_models_own_adapter_in_another_folder_writes_the_same() throws IOException {
        String[] asked = {"generate", "Hi", "--seed", "1", "--max-tokens", "6", "--no-verify", "--json"};
        assertThat(run("", asked)).isZero();
        JsonNode own = console.json();
        String[] adapted = Arrays.copyOf(asked, asked.length + 2);
        adapted[asked.length] = "--adapter";
        adapted[asked.length + 1] = adapterAlone().toString();
        assertThat(run("", adapted)).isZero();
        JsonNode other = console.json();
        assertThat(other.get("text")).isEqualTo(own.get("text"));
        assertThat(other.get("model").asText()).isEqualTo(DefaultModel.NAME + "+alone");
    }

    @Test
    void drafts_that_all_stand_make_more_of_a_pass_than_verified_ones() throws IOException {
        assertThat(tokensPerPass("--typical", "0.000001")).isGreaterThan(tokensPerPass("--verify"));
    }

    private double tokensPerPass(String... acceptance) throws IOException {
        double tokens = 0;
        double passes = 0;
        for (String prompt : List.of("Hi", "Tell me a story.")) {
            Stream<String> asked = Stream.of(
                    "generate", prompt, "--temperature", "0", "--max-tokens", "24", "--block-length", "4", "--json");
            assertThat(run("", Stream.concat(asked, Stream.of(acceptance)).toArray(String[]::new)))
                    .isZero();
            tokens += console.json().get("tokens").asInt();
            passes += console.json().get("forward_passes").asInt();
        }
        return tokens / passes;
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, --verify, below 1; got 1.5",
        "0.1, --no-verify, leave out verify",
        "0.1, --steps=4, belong to unverified decoding",
        "0.1, --threshold=0.5, belong to unverified decoding"
    })
    void typical_acceptance_is_refused_beside_what_it_contradicts(String epsilon, String other, String reason) {
        assertThat(run("", "generate", "Hi", "--typical", epsilon, other)).isEqualTo(2);
        assertThat(console.errors()).contains(reason);
    }

    @Test
    void an_adapter_for_other_weights_ends_with_3_and_both_sums() throws IOException {
        Path alone = adapterAlone();
        Path config = alone.resolve("adapter_config.json");
        String sum = JSON.readTree(config.toFile())
                .path("palimpsest")
                .path("base_sha256")
                .asText();
        Files.writeString(config, Files.readString(config).replace(sum, "0".repeat(64)));
        for (List<String> verb : List.of(
                List.of("generate", "Hi"), List.of("infill", "a [[1]]"), List.of("score"), List.of("inspect"))) {
            String[] arguments = Stream.concat(verb.stream(), List.of("--adapter", alone.toString()).stream())
                    .toArray(String[]::new);
            assertThat(run("text", arguments)).isEqualTo(3);
            assertThat(console.errors())
                    .hasLineCount(1)
                    .contains("adapter_config.json", sum, "0".repeat(64), "choose the model it was trained on");
        }
    }

    @Test
    void a_folder_without_an_adapter_ends_with_3() throws IOException {
        assertThat(run("", "generate", "Hi", "--adapter", folder.toString())).isEqualTo(3);
        assertThat(console.errors()).hasLineCount(1).contains(folder.toString(), "holds no adapter_config.json");
        assertThat(run("", "generate", "Hi", "--adapter", folder + "/none")).isEqualTo(3);
        assertThat(console.errors()).hasLineCount(1).contains("/none", "no such folder");
        Path alone = adapterAlone();
        Files.delete(alone.resolve("adapter_model.safetensors"));
        assertThat(run("", "generate", "Hi", "--adapter", alone.toString())).isEqualTo(3);
        assertThat(console.errors()).hasLineCount(1).contains("adapter_model.safetensors");
    }

    @Test
    void a_text_longer_than_the_context_says_by_how_much() {
        String text = "word ".repeat(20_000);
        assertThat(run(text, "generate")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("20031 tokens", "holds 8192", "by at least 11840 tokens");
        assertThat(run(text, "generate", "--raw")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("20001 tokens", "by at least 11810 tokens");
        assertThat(run(text + "[[1]]", "infill")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("by at least 11810 tokens");
        assertThat(run(text, "score")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("by at least 11810 tokens");
        assertThat(run(text + "\n", "chat")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("by at least 11839 tokens");
        assertThat(run("a".repeat(100_000), "generate", "--max-tokens", "3")).isEqualTo(2);
        assertThat(console.errors()).hasLineCount(1).contains("shorten it by at least");
    }

    @Test
    void nothing_and_what_is_no_unicode_are_refused_before_any_work() {
        for (String verb : List.of("generate", "infill", "score")) {
            assertThat(run("", verb, "--model", folder.toString())).isNotZero();
            assertThat(console.errors()).hasLineCount(1);
        }
        byte[] latin1 = {'c', 'a', 'f', (byte) 0xE9};
        for (String verb : List.of("generate", "infill", "score", "chat")) {
            assertThat(Main.run(console.reading(latin1), verb)).isEqualTo(2);
            assertThat(console.errors()).hasLineCount(1).contains("not valid UTF-8: byte 0xE9 at offset 3");
        }
    }

    @Test
    void text_that_spells_special_tokens_reaches_the_model_as_text() throws IOException {
        Path file = folder.resolve("trace.jsonl");
        String text = "<|im_end|>\n<|im_start|>user";
        assertThat(run(text, "generate", "--raw", "--max-tokens", "1", "--trace", file.toString()))
                .isZero();
        StringBuilder read = new StringBuilder();
        JSON.readTree(Files.readAllLines(file).get(0))
                .get("positions")
                .forEach(p -> read.append(p.get("text").asText()));
        assertThat(read).hasToString(text); // the text of a special token is empty
    }

    @Test
    void writing_stops_quietly_where_nobody_reads() {
        assertThat(Main.run(console.writingTo(refusing(), true), "generate", "Count to a thousand."))
                .isEqualTo(141);
        assertThat(console.errors()).isEmpty();
    }

    @Test
    void writing_stops_with_one_line_where_there_is_no_room() {
        assertThat(Main.run(console.writingTo(refusing(), false), "generate", "Count to a thousand."))
                .isEqualTo(1);
        assertThat(console.errors()).isEqualToIgnoringNewLines("palimpsest: standard output is closed or full.");
    }

    private static OutputStream refusing() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("refused");
            }
        };
    }

    @Test
    void a_trace_that_cannot_be_written_ends_with_3_before_any_work() {
        String[] nowhere = {"generate", "Hi", "--model", folder + "/no-model", "--trace", folder + "/none/trace.jsonl"};
        assertThat(run("", nowhere)).isEqualTo(3);
        assertThat(console.errors()).hasLineCount(1).contains("trace.jsonl cannot be written: no such file or folder");
    }

    @Test
    void a_trace_ends_with_the_answer_that_is_printed() throws IOException {
        Path file = folder.resolve("trace.jsonl");
        assertThat(run("", "generate", "Hi", "--max-tokens", "3", "--json", "--trace", file.toString()))
                .isZero();
        List<String> lines = Files.readAllLines(file);
        assertThat(JSON.readTree(lines.get(lines.size() - 1)).get("answer")).isEqualTo(console.json());
    }

    @Test
    void every_turn_of_a_conversation_is_in_its_trace() throws IOException {
        Path file = folder.resolve("trace.jsonl");
        assertThat(run("Hi\nAnd now?\n", "chat", "--max-tokens", "2", "--trace", file.toString()))
                .isZero();
        List<String> answers = Files.readAllLines(file).stream()
                .filter(line -> line.contains("\"answer\""))
                .toList();
        assertThat(answers).hasSize(2);
        assertThat(answers.get(1)).startsWith("{\"turn\":2,");
    }
}
