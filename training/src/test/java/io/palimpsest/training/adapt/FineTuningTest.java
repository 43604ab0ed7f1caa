package io.palimpsest.training.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.folder.FileChecksum;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuningTest {

    /** Letters only: the tiny model's tokenizer has no others. */
    private static final String ANSWER = "cab";

    @TempDir
    private Path folder;

    @Test
    void a_model_learns_its_conversations_and_its_folder_opens() throws IOException {
        Path base = TinyFolder.write(folder.resolve("base"));
        FineTuning.Result result = FineTuning.run(plan(50), base, line -> {});
        assertThat(result.before()).isPresent();
        assertThat(result.after().orElseThrow().loss())
                .isLessThan(0.5 * result.before().orElseThrow().loss());
        assertThat(folder.resolve("out").resolve("adapter").resolve("adapter_config.json"))
                .exists();
        try (ModelFolder opened = ModelFolder.open(result.model());
                LanguageModel model = opened.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = model.network().open()) {
            int[] prompt = model.tokenizer().encode("abc\n");
            Canvas canvas = Canvas.of(prompt);
            Sampler sampler = new Sampler(
                    denoiser, Blocks.growing(3, 3, Set.of()), new TokenChoice.Greedy(), Unmasking.threshold(0.9));
            sampler.fill(canvas, Seed.of(1));
            assertThat(canvas.length()).isEqualTo(prompt.length + 3);
        }
    }

    @Test
    void the_adapter_alone_works_over_its_base_and_over_no_other() throws IOException {
        Path base = TinyFolder.write(folder.resolve("base"));
        FineTuning.Result result = FineTuning.run(plan(1), base, line -> {});
        Path adapter = folder.resolve("out").resolve("adapter");
        try (ModelFolder together = ModelFolder.open(result.model());
                ModelFolder apart = ModelFolder.open(base, adapter)) {
            assertThat(apart.name()).isEqualTo("base+adapter");
            assertThat(logits(apart)).isEqualTo(logits(together));
        }
        Path weights = base.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        Files.setLastModifiedTime(weights, FileTime.fromMillis(1));
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> ModelFolder.open(base, adapter))
                .withMessageContaining("adapter_config.json")
                .withMessageContaining(FileChecksum.sha256(weights))
                .withMessageContaining(FileChecksum.sha256(result.model().resolve("model.safetensors")));
    }

    private static double[] logits(ModelFolder folder) {
        try (LanguageModel model = folder.load(Options.defaults().precision(Precision.FP32));
                Denoiser denoiser = model.network().open();
                Scope memory = Scope.inference()) {
            Canvas canvas = Canvas.of(model.tokenizer().encode("abc")).extend(3);
            return denoiser.logits(canvas, new Span(3, 6)).toDoubles();
        }
    }

    @Test
    void an_adapter_that_is_there_goes_on_learning() throws IOException {
        Path base = TinyFolder.write(folder.resolve("base"));
        FineTuning.Result once = FineTuning.run(plan(50), base, line -> {});
        Path plan = plan(1);
        Files.writeString(plan, Files.readString(plan).replace("output: out", "output: more"));
        FineTuning.Result more = FineTuning.run(plan, once.model(), line -> {});
        assertThat(more.before().orElseThrow().loss())
                .as("what was learnt is there")
                .isCloseTo(once.after().orElseThrow().loss(), within(0.2));
    }

    @Test
    void a_line_that_is_no_conversation_is_named() throws IOException {
        Path base = TinyFolder.write(folder.resolve("base"));
        Path plan = plan(1);
        Files.writeString(folder.resolve("data.jsonl"), "{\"prompt\": \"ab\"}\n");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> FineTuning.run(plan, base, line -> {}))
                .withMessageContaining("data.jsonl")
                .withMessageContaining("line 1");
    }

    private Path plan(int steps) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String prompt : new String[] {"abc", "bca", "cab", "aab", "bba", "cca", "abb", "acc", "ccb", "bbc"}) {
            lines.append("{\"prompt\": \"")
                    .append(prompt)
                    .append("\", \"response\": \"")
                    .append(ANSWER)
                    .append("\"}\n{\"messages\": [{\"role\": \"user\", \"content\": \"")
                    .append(prompt)
                    .append("\"}, {\"role\": \"assistant\", \"content\": \"")
                    .append(ANSWER)
                    .append("\"}]}\n");
        }
        Files.writeString(folder.resolve("data.jsonl"), lines);
        return Files.writeString(folder.resolve("plan.yaml"), """
                kind: fine_tuning
                output: out
                seed: 1
                threads: 1
                rank: 8
                data: {files: [data.jsonl], held_out: 0.2, longest: 40}
                objective: {block_lengths: [4], fully_hidden: 0.6, right_context: 0, tilings: 2}
                training:
                  steps: %d
                  batch: 4
                  accumulate: 1
                  learning_rate: {peak: 2.0e-2, warm_up: 5, plateau: 1, decay: linear, floor: 0}
                  weight_decay: 0.01
                  clip: 1
                  recompute: false
                  average: 0
                  checkpoint_minutes: 1
                  report_every: 20
                  measure_every: 60
                """.formatted(steps));
    }
}
