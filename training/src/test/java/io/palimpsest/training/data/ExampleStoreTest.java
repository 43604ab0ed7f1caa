package io.palimpsest.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleStoreTest {

    @TempDir
    private Path folder;

    @Test
    void examples_come_back_in_any_order_from_disk() throws IOException {
        List<Example> examples = IntStream.range(0, 40)
                .mapToObj(i -> new Example(IntStream.range(i, 2 * i + 3).toArray(), 1 + i % 2))
                .toList();
        try (ExampleStore.Writer writer = new ExampleStore.Writer(folder, "some")) {
            for (Example example : examples) {
                writer.add(example);
            }
            assertThat(ExampleStore.exists(folder, "some"))
                    .as("before it is finished")
                    .isFalse();
            writer.finish();
        }
        try (ExampleStore store = ExampleStore.open(folder, "some")) {
            assertThat(store).hasSize(40);
            for (int i = 39; i >= 0; i--) {
                assertThat(store.get(i).ids()).isEqualTo(examples.get(i).ids());
                assertThat(store.get(i).start()).isEqualTo(examples.get(i).start());
            }
        }
    }

    @Test
    void documents_are_cut_into_windows_that_begin_with_the_boundary() {
        List<List<Integer>> found = new ArrayList<>();
        Windows windows = new Windows(
                99, 10, example -> found.add(IntStream.of(example.ids()).boxed().toList()));
        windows.add(IntStream.range(0, 5).toArray(), false);
        windows.add(IntStream.range(5, 18).toArray(), true);
        windows.add(new int[] {1, 2}, true); // too short to teach anything
        assertThat(found)
                .containsExactly(
                        List.of(99, 0, 1, 2, 3, 4, 5, 6, 7, 8), List.of(99, 9, 10, 11, 12, 13, 14, 15, 16, 17));
    }

    @Test
    void plain_text_and_json_lines_are_read_as_documents() throws IOException {
        Path plain = Files.writeString(folder.resolve("a.txt"), "One line\nbroken.\n\n\nA second paragraph.\n");
        Path lines = Files.writeString(folder.resolve("b.jsonl"), "{\"text\":\"first\"}\n{\"pages\":[\"p\",\"q\"]}\n");
        assertThat(documents(plain)).containsExactly("One line broken.\n\nA second paragraph.|");
        assertThat(documents(lines)).containsExactly("first|", "p\n\nq|");
    }

    private static List<String> documents(Path file) {
        List<String> found = new ArrayList<>();
        Documents.read(file, (piece, last) -> found.add(piece + (last ? "|" : "")));
        return found;
    }
}
