package io.palimpsest.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A file that tells how texts came about: each {@link CanvasFrame} is one line of JSON, written as it happens, and each answer
 * is one. {@code docs/trace.md} describes the lines.
 */
public final class Trace implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Writer out;
    private final LongSupplier nanoseconds;
    private int turn;

    private Trace(Path file, LongSupplier nanoseconds) {
        this.file = file;
        this.out = create(file);
        this.nanoseconds = nanoseconds;
    }

    /** Begins a trace in {@code file}; what stood there is gone. */
    public static Trace to(Path file) {
        return to(file, System::nanoTime);
    }

    static Trace to(Path file, LongSupplier nanoseconds) {
        return new Trace(file, nanoseconds);
    }

    private static Writer create(Path file) {
        try {
            return Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Has {@code request} answered by {@code engine}, and writes down how; one turn after another. */
    public Answer generate(Engine engine, Request request) {
        turn++;
        Answer answer = engine.generate(request.listener(request.listener().andThen(frames(engine))));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("turn", turn);
        line.put("answer", answer.toMap());
        write(line);
        return answer;
    }

    private Consumer<CanvasFrame> frames(Engine engine) {
        FrameLines lines = new FrameLines(engine.model().tokenizer(), turn);
        long began = nanoseconds.getAsLong();
        return frame -> write(lines.next(frame, (nanoseconds.getAsLong() - began) / 1e9));
    }

    private void write(Map<String, Object> line) {
        try {
            out.write(JSON.writeValueAsString(line));
            out.write('\n');
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static UncheckedIOException unwritable(Path file, IOException e) {
        return new UncheckedIOException("the trace " + file + " cannot be written", e);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }
}
