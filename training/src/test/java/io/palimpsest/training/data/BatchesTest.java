package io.palimpsest.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchesTest {

    private static final List<Example> EXAMPLES = IntStream.range(0, 7)
            .mapToObj(i -> new Example(new int[] {i, i, i, i, i, i}, 1))
            .toList();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10})
    void every_epoch_shows_each_example_once_in_an_order_of_its_own(int size) {
        Batches batches = new Batches(EXAMPLES, size, Seed.of(3));
        List<Integer> stream = new ArrayList<>();
        for (int i = 0; stream.size() < 70; i++) {
            batches.at(i).forEach(e -> stream.add(e.ids()[0]));
        }
        for (int epoch = 0; epoch < 10; epoch++) {
            assertThat(stream.subList(epoch * 7, epoch * 7 + 7)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
        }
        assertThat(stream.subList(0, 7)).isNotEqualTo(stream.subList(7, 14));
    }

    @Test
    void any_batch_can_be_had_without_those_before_it() {
        List<Example> after = new Batches(EXAMPLES, 3, Seed.of(3)).at(17);
        Batches walked = new Batches(EXAMPLES, 3, Seed.of(3));
        IntStream.range(0, 17).forEach(walked::at);
        assertThat(walked.at(17)).isEqualTo(after);
        assertThat(new Batches(EXAMPLES, 3, Seed.of(4)).at(17)).isNotEqualTo(after);
    }

    @Test
    void a_file_is_read_back_and_a_line_cut_by_a_kill_is_skipped(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("a.ids");
        ExampleFile.write(file, EXAMPLES);
        Files.writeString(file, Files.readString(file) + "1 5 5 5 5 5 5");
        List<Example> read = ExampleFile.read(file, 100);
        assertThat(read.stream().map(e -> e.ids()[0])).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(ExampleFile.read(file, 5).get(0).ids()).hasSize(5);
    }

    @Test
    void a_wrong_line_is_named(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.ids"), "1 2 3 4 5 6\n1 2 three\n");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> ExampleFile.read(file, 100))
                .withMessageContaining("a.ids")
                .withMessageContaining("line 2");
    }
}
