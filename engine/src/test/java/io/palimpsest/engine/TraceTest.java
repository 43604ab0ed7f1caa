package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Engine engine;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load(@TempDir Path temporary) throws IOException {
        engine = TestModels.randomlyAdapted(temporary);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    /** The lines of {@code requests}, in turn, on a clock that a second passes each time one looks. */
    private List<JsonNode> traced(Request... requests) throws IOException {
        Path file = folder.resolve("trace.jsonl");
        long[] now = {0};
        try (Trace trace = Trace.to(file, () -> now[0]++ * 1_000_000_000L)) {
            for (Request request : requests) {
                trace.generate(engine, request);
            }
        }
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static String text(JsonNode frame) {
        StringBuilder text = new StringBuilder();
        frame.get("positions")
                .forEach(position -> text.append(position.path("text").asText()));
        return text.toString();
    }

    private static List<JsonNode> frames(List<JsonNode> lines) {
        return lines.stream().filter(line -> line.has("step")).toList();
    }

    private static JsonNode last(List<JsonNode> list) {
        return list.get(list.size() - 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_last_frame_replayed_is_the_answers_text(boolean verify) throws IOException {
        List<JsonNode> lines = traced(Request.chat("Write emoji.")
                .maxTokens(12)
                .temperature(1.5)
                .seed(3)
                .verify(verify));
        assertThat(text(last(frames(lines))))
                .isEqualTo(last(lines).get("answer").get("text").asText());
    }

    @Test
    void a_filled_text_is_what_was_given_before_the_first_gap_and_the_last_frame() throws IOException {
        List<JsonNode> lines = traced(Request.infill("The [[2]] s\u00e4\u00df \ud83d\udc31 on the [[]] mat.")
                .seed(1));
        List<JsonNode> frames = frames(lines);
        JsonNode beginning =
                last(frames.stream().filter(f -> f.get("step").asInt() == 0).toList());
        JsonNode end = last(frames);
        StringBuilder given = new StringBuilder();
        for (int i = 0; i < end.get("from").asInt(); i++) {
            given.append(beginning.get("positions").get(i).path("text").asText());
        }
        assertThat(given + text(end)) // but for a space that was given before a gap: a token brings its own
                .isEqualToIgnoringWhitespace(
                        last(lines).get("answer").get("text").asText());
    }

    @Test
    void every_step_is_a_line_and_the_result_is_the_last() throws IOException {
        List<JsonNode> lines = traced(Request.continuing("Once").maxTokens(4).temperature(0));
        assertThat(IntStream.range(0, lines.size() - 1)
                        .mapToObj(i -> lines.get(i).get("step").asInt()))
                .containsExactlyElementsOf(
                        IntStream.range(0, lines.size() - 1).boxed().toList());
        assertThat(frames(lines)).extracting(f -> f.get("seconds").asDouble()).isSorted();
        assertThat(last(lines).get("answer").get("forward_passes").asInt()).isEqualTo(lines.size() - 2);
        assertThat(lines.get(0).get("from").asInt()).isZero();
        assertThat(lines.get(0).get("committed")).isEmpty();
    }

    @Test
    void what_is_new_in_each_frame_adds_up_to_its_positions() throws IOException {
        List<JsonNode> lines = traced(Request.continuing("Once upon a time")
                .maxTokens(10)
                .temperature(0)
                .verify(false));
        TreeSet<Integer> committed = new TreeSet<>();
        for (JsonNode frame : frames(lines)) {
            frame.get("committed").forEach(i -> committed.add(i.asInt()));
            frame.get("hidden").forEach(i -> committed.remove(i.asInt()));
            int from = frame.get("from").asInt();
            TreeSet<Integer> found = new TreeSet<>();
            for (int i = 0; i < frame.get("positions").size(); i++) {
                if (frame.get("positions").get(i).get("state").asText().equals("committed")) {
                    found.add(from + i);
                }
            }
            assertThat(found).isEqualTo(committed);
        }
        assertThat(committed).isNotEmpty();
    }

    @Test
    void turns_are_counted_and_whoever_listened_still_hears() throws IOException {
        List<Integer> heard = new ArrayList<>();
        Request request = Request.chat("Hi").maxTokens(2).temperature(0);
        List<JsonNode> lines = traced(request.listener(frame -> heard.add(frame.step())), request);
        assertThat(lines)
                .extracting(line -> line.get("turn").asInt())
                .contains(1, 2)
                .isSorted();
        assertThat(heard)
                .hasSameSizeAs(frames(lines).stream()
                        .filter(f -> f.get("turn").asInt() == 1)
                        .toList());
    }

    @Test
    void a_file_that_cannot_be_written_is_named_before_any_work() {
        assertThatThrownBy(() -> Trace.to(folder.resolve("none").resolve("trace.jsonl")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("trace.jsonl cannot be written");
    }
}
