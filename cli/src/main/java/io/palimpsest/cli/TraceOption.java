package io.palimpsest.cli;

import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.engine.Trace;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option of every verb that writes to keep a record of it. */
final class TraceOption {

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Write every step to FILE, a line of JSON each (docs/trace.md).")
    private Optional<Path> file;

    /** How requests are answered: with a record where one is wanted. */
    interface Writing extends AutoCloseable {

        Answer generate(Engine engine, Request request);

        @Override
        default void close() {}
    }

    /** Creates the file, so that nobody waits for an answer to learn that it cannot be written. */
    Writing begin() {
        return file.map(Trace::to).map(TraceOption::traced).orElse(Engine::generate);
    }

    private static Writing traced(Trace trace) {
        return new Writing() {
            @Override
            public Answer generate(Engine engine, Request request) {
                return trace.generate(engine, request);
            }

            @Override
            public void close() {
                trace.close();
            }
        };
    }
}
