package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ShutdownTest {

    /** What a process ends with that SIGTERM ended: 128 + 15. */
    private static final int TERMINATED = 143;

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void the_end_of_a_process_waits_for_the_step_in_progress_and_lets_no_further_one_begin(@TempDir Path folder)
            throws IOException, InterruptedException {
        Process child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Worker.class.getName()))
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        BufferedReader said = child.inputReader();
        assertThat(said.readLine()).isEqualTo("step begins");
        child.toHandle().destroy(); // Process.destroy would close the stream that we read
        assertThat(said.readLine()).isEqualTo("step ends");
        assertThat(said.readLine()).as("a further step").isNull();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(TERMINATED);
    }

    /** Makes steps for ever, each of them slow. */
    static final class Worker {
        public static void main(String[] args) throws InterruptedException {
            while (true) {
                try (Scope memory = Scope.inference()) {
                    System.out.println("step begins");
                    Thread.sleep(1000);
                    System.out.println("step ends");
                }
            }
        }
    }
}
