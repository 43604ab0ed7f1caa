package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a whole process says and how it ends where its standard output cannot be written. */
class StandardOutputTest {

    private static ProcessBuilder command(String... arguments) {
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        command.command().addAll(List.of(arguments));
        return command;
    }

    private static String errors(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_reader_that_leaves_is_told_nothing() throws Exception {
        Process process = command("--help").start();
        process.getInputStream().close();
        assertThat(errors(process)).isEmpty();
        assertThat(status(process)).isEqualTo(141);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_full_disk_is_one_line() throws Exception {
        Process process =
                command("--help").redirectOutput(Path.of("/dev/full").toFile()).start();
        assertThat(errors(process)).isEqualToIgnoringNewLines("palimpsest: standard output is closed or full.");
        assertThat(status(process)).isEqualTo(1);
    }
}
