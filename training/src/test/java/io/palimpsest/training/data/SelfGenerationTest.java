package io.palimpsest.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfGenerationTest {

    private static final List<int[]> PROMPTS = IntStream.range(0, 9)
            .mapToObj(i -> new int[] {i % 3 + 1, i % 2 + 5})
            .toList(); // some twice

    private final GatedLlama model = new GatedLlama(
            TinyLlama.random(1), Tensor.zeros(TinyLlama.CONFIG.dim()), 0, Optional.empty(), Optional.empty());

    @TempDir
    private Path folder;

    @Test
    void an_answer_depends_on_its_prompt_and_number_only() throws IOException {
        assertThat(sorted(written("a", 1))).isEqualTo(sorted(written("b", 4))).hasSize(PROMPTS.size());
    }

    @Test
    void a_stopped_run_writes_what_is_missing_and_nothing_twice() throws IOException {
        Path whole = written("whole", 4);
        List<String> lines = Files.readAllLines(whole);
        Path cut = Files.writeString(
                folder.resolve("cut"),
                String.join("\n", lines.subList(0, 4)) + "\n" + lines.get(4).substring(0, 9));
        generation(cut, 4).run(PROMPTS);
        assertThat(sorted(cut)).isEqualTo(sorted(whole));
    }

    @Test
    void answers_end_with_a_stop_token_or_at_their_limit_and_are_examples() throws IOException {
        List<Example> examples = ExampleFile.read(written("a", 3), 1000);
        assertThat(examples).isNotEmpty().allSatisfy(example -> {
            int[] ids = example.ids();
            assertThat(example.start()).isEqualTo(2);
            assertThat(ids.length == 2 + 12 || ids[ids.length - 1] == 7).isTrue();
            assertThat(IntStream.range(2, ids.length - 1).map(i -> ids[i])).doesNotContain(7);
        });
    }

    private Path written(String name, int batch) {
        Path file = folder.resolve(name);
        generation(file, batch).run(PROMPTS);
        return file;
    }

    private SelfGeneration generation(Path file, int batch) {
        SelfGeneration.Settings settings =
                new SelfGeneration.Settings(List.of(0.5, 1.5), 0.95, 12, batch, Set.of(7), 3);
        return new SelfGeneration(model.open(), settings, file, line -> {});
    }

    private static List<String> sorted(Path file) throws IOException {
        return Files.readAllLines(file).stream().sorted().toList();
    }
}
