package io.palimpsest.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfGenerationTest {

    private static final List<int[]> PROMPTS = IntStream.range(0, 9)
            .mapToObj(i -> new int[] {i % 3 + 1, i % 2 + 5})
            .toList(); // some twice

    private static final Llama BODY = TinyLlama.random(1);

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

    @Test
    void a_wave_writes_the_models_own_greedy_tokens() {
        List<int[]> prompts = List.of(new int[] {1, 5, 3, 2, 9}, new int[] {2}, new int[] {3, 6, 4}, new int[] {9, 1});
        List<List<Integer>> alone = prompts.stream().map(p -> greedy(p, 20)).toList();
        try (Wave wave = new Wave(BODY, prompts, 20)) {
            assertThat(greedy(wave, 4, 20)).isEqualTo(alone);
        }
    }

    @Test
    void sequences_go_on_unchanged_when_others_leave_the_wave() {
        List<int[]> prompts = List.of(new int[] {1, 5, 3, 2, 9}, new int[] {2}, new int[] {3, 6, 4});
        List<Integer> last = greedy(prompts.get(2), 20);
        List<Integer> first = greedy(prompts.get(0), 20);
        try (Wave wave = new Wave(BODY, prompts, 20)) {
            List<List<Integer>> together = greedy(wave, 3, 5);
            wave.keep(2, 0);
            int[] ids = {together.get(2).get(4), together.get(0).get(4)};
            assertThat(greedy(() -> wave.next(ids))).containsExactly(last.get(5), first.get(5));
        }
    }

    /** The greedy tokens behind {@code prompt} by the denoiser's autoregressive mode, one canvas at a time. */
    private static List<Integer> greedy(int[] prompt, int tokens) {
        GatedLlama model =
                new GatedLlama(BODY, Tensor.zeros(TinyLlama.CONFIG.dim()), 0, Optional.empty(), Optional.empty());
        List<Integer> written = new ArrayList<>();
        Canvas canvas = Canvas.of(prompt);
        try (Denoiser denoiser = model.open()) {
            for (int i = 0; i < tokens; i++) {
                canvas.extend(1);
                Span next = new Span(canvas.length() - 1, canvas.length());
                int id = greedy(() -> denoiser.logits(canvas, next)).get(0);
                canvas.commit(next.start(), id, 1);
                written.add(id);
            }
        }
        return written;
    }

    /** The greedy tokens behind each prompt of {@code wave}, up to {@code tokens} of them. */
    private static List<List<Integer>> greedy(Wave wave, int sequences, int tokens) {
        List<List<Integer>> written =
                Stream.<List<Integer>>generate(ArrayList::new).limit(sequences).toList();
        List<Integer> ids = greedy(wave::begin);
        for (int i = 0; i < tokens; i++) {
            for (int row = 0; row < sequences; row++) {
                written.get(row).add(ids.get(row));
            }
            if (i + 1 < tokens) {
                int[] last = ids.stream().mapToInt(Integer::intValue).toArray();
                ids = greedy(() -> wave.next(last));
            }
        }
        return written;
    }

    private static List<Integer> greedy(Supplier<Tensor> logits) { // (B, V) -> (B)
        try (Scope memory = Scope.inference()) {
            return Arrays.stream(logits.get().argmax(-1).toInts()).boxed().toList();
        }
    }

    private Path written(String name, int batch) {
        Path file = folder.resolve(name);
        generation(file, batch).run(PROMPTS);
        return file;
    }

    private SelfGeneration generation(Path file, int batch) {
        SelfGeneration.Settings settings =
                new SelfGeneration.Settings(List.of(0.5, 1.5), 0.95, 12, batch, Set.of(7), 3);
        return new SelfGeneration(BODY, settings, file, line -> {});
    }

    private static List<String> sorted(Path file) throws IOException {
        return Files.readAllLines(file).stream().sorted().toList();
    }
}
