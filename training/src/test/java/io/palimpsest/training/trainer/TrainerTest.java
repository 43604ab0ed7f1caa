package io.palimpsest.training.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleFile;
import io.palimpsest.training.objective.Loss;
import io.palimpsest.training.objective.Objective;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {

    private static final int STEPS = 60;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_run_killed_at_any_moment_resumes_to_bit_identical_losses(long seed) throws Exception {
        TinyRun.run(folder.resolve("whole"), STEPS);
        Path killed = folder.resolve("killed");
        Seed moment = Seed.of(seed);
        int begun = 1 + moment.below(STEPS - 20);
        int within = moment.below(30); // ms: as long as from one checkpoint to the next
        Process child = child(killed, STEPS);
        while (child.isAlive() && lines(killed, "loss").size() < begun) {
            Thread.sleep(5);
        }
        Thread.sleep(within);
        child.destroyForcibly().waitFor(); // SIGKILL
        int reached = lines(killed, "loss").size();
        assertThat(reached).as("steps made before the kill").isBetween(begun, STEPS - 1);
        TinyRun.run(killed, STEPS);
        assertThat(values(killed, "loss"))
                .isEqualTo(values(folder.resolve("whole"), "loss"))
                .hasSize(STEPS);
        assertThat(values(killed, "mean_loss")).isEqualTo(values(folder.resolve("whole"), "mean_loss"));
        assertThat(values(killed, "accuracy")).isEqualTo(values(folder.resolve("whole"), "accuracy"));
        assertThat(values(killed, "held_out_loss")).isEqualTo(values(folder.resolve("whole"), "held_out_loss"));
        assertThat(killed.resolve("checkpoint.safetensors"))
                .as("parameters, moving average and the optimiser's state")
                .hasSameBinaryContentAs(folder.resolve("whole").resolve("checkpoint.safetensors"));
        assertThat(Files.readString(killed.resolve("report.html"))).contains("<svg", "held out", "offset 8");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void resident_memory_stays_flat_over_a_thousand_steps() throws IOException, InterruptedException {
        Path run = folder.resolve("long");
        Process child = child(run, 1200, "-Xms256m", "-XX:+AlwaysPreTouch"); // Java's heap is resident from the start
        long before = residentAfter(run, child, 150);
        long after = residentAfter(run, child, 1150);
        child.destroyForcibly().waitFor();
        // a step without scopes leaks a megabyte
        assertThat(after - before).as("growth in kB").isLessThan(40_000);
    }

    private static long residentAfter(Path run, Process child, int steps) throws IOException, InterruptedException {
        while (child.isAlive() && lines(run, "loss").size() < steps) {
            Thread.sleep(5);
        }
        return Files.readAllLines(Path.of("/proc/" + child.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private Process child(Path target, int steps, String... options) throws IOException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of("-Xmx256m", "-cp", classes, TinyRun.class.getName(), target.toString(), String.valueOf(steps)));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(folder.toFile(), "child.log"))
                .start();
    }

    @Test
    void a_loss_that_is_not_a_number_stops_the_run_and_saves_the_batch() {
        Tensor parameter = parameter();
        Objective broken = (batch, seed) -> new Loss(parameter.sum().mul(Double.NaN), 1, new int[9], new int[9]);
        assertThatExceptionOfType(DivergedException.class)
                .isThrownBy(() -> trainer(parameter, broken).run())
                .withMessageContaining("loss of step 1")
                .withMessageContaining("diverged-step-1.ids");
        List<Example> saved = ExampleFile.read(folder.resolve("diverged-step-1.ids"), 100);
        assertThat(saved).hasSize(1);
        assertThat(saved.get(0).ids()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void a_gradient_that_is_not_finite_moves_nothing() {
        Tensor parameter = parameter();
        Objective steep = (batch, seed) -> new Loss(parameter.sub(1).sqrt().sum(), 1, new int[9], new int[9]);
        assertThatExceptionOfType(DivergedException.class)
                .isThrownBy(() -> trainer(parameter, steep).run())
                .withMessageContaining("gradient of step 1");
        assertThat(parameter.toFloats()).containsExactly(1, 1);
    }

    @Test
    void the_moving_average_follows_the_parameters() {
        Tensor parameter = parameter();
        Objective slope = (batch, seed) -> new Loss(parameter.sum(), 1, new int[9], new int[9]);
        Map<String, Tensor> kept = trainer(parameter, slope, 0.99).run();
        float last = parameter.toFloats()[0]; // three equal steps down from 1; n steps keep at most (1 + n) / (10 + n)
        float step = (1 - last) / 3;
        double mean = 1;
        for (int n = 1; n <= 3; n++) {
            mean += (1 - n * step - mean) * (1 - (1.0 + n) / (10 + n));
        }
        double expected = mean;
        assertThat(kept).containsOnlyKeys("p");
        kept.forEach((name, average) -> assertThat((double) average.toFloats()[0])
                .isCloseTo(expected, within(0.05 * step))
                .isGreaterThan(last));
    }

    @Test
    void a_checkpoint_of_other_shapes_is_refused_by_name() {
        Tensor parameter = parameter();
        Objective square = (batch, seed) -> new Loss(parameter.square().sum(), 1, new int[9], new int[9]);
        trainer(parameter, square).run();
        Tensor wider = Scope.keeping(() -> Tensor.ones(3)).requireGrad();
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> trainer(wider, square).run())
                .withMessageContaining("checkpoint.safetensors")
                .withMessageContaining("shape [2]");
    }

    private Trainer trainer(Tensor parameter, Objective objective) {
        return trainer(parameter, objective, 0);
    }

    private Trainer trainer(Tensor parameter, Objective objective, double average) {
        Trainer.Settings settings = new Trainer.Settings(
                3,
                1,
                new LearningRate(0.1, 0, 1, LearningRate.Decay.LINEAR, 0),
                new AdamW.Settings(0.9, 0.95, 1e-8, 0, 1),
                false,
                average,
                Duration.ofMinutes(1),
                1,
                10,
                1);
        Batches batches = new Batches(List.of(new Example(new int[] {1, 2, 3, 4, 5, 6}, 1)), 1, Seed.of(1));
        return new Trainer(
                Map.of("p", parameter),
                objective,
                batches,
                Optional.empty(),
                settings,
                folder,
                new ProgressLine(line -> {}));
    }

    private static Tensor parameter() {
        return Scope.keeping(() -> Tensor.ones(2)).requireGrad();
    }

    private static List<JsonNode> lines(Path folder, String key) {
        return new Metrics(folder.resolve("metrics.jsonl"))
                .read().stream().filter(line -> line.has(key)).toList();
    }

    private static List<String> values(Path folder, String key) {
        return lines(folder, key).stream()
                .map(line -> line.path("step") + ": " + line.path(key))
                .toList();
    }
}
