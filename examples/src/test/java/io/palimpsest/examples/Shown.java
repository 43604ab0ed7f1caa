package io.palimpsest.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** What an example prints, and what a document shows of it. */
final class Shown {

    private Shown() {}

    /** The lines between an example's tags, without their indentation. */
    static String region(Class<?> example, String tag) throws IOException {
        Path source = Path.of("src/main/java/io/palimpsest/examples/" + example.getSimpleName() + ".java");
        return Files.readString(source)
                .lines()
                .dropWhile(line -> !line.contains("tag::" + tag))
                .skip(1)
                .takeWhile(line -> !line.contains("end::" + tag))
                .map(line -> line.isBlank() ? "" : line.substring(8))
                .collect(Collectors.joining("\n"));
    }

    /** What {@code example} writes to standard output. */
    static String output(Runnable example) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            example.run();
        } finally {
            System.setOut(before);
        }
        return written.toString(StandardCharsets.UTF_8);
    }
}
