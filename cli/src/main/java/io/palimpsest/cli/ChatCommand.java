package io.palimpsest.cli;

import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.model.tokenizer.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chat}: a conversation with history, one message a line. */
@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        description =
                "A conversation: one message a line, until the end of the input or /quit. With --json it prints the whole"
                        + " conversation at its end.")
final class ChatCommand implements Callable<Integer> {

    private final Console console;
    private final List<Message> history = new ArrayList<>();
    private int turns;

    @Mixin
    private ModelOptions common;

    @Mixin
    private DecodingOptions decoding;

    @Mixin
    private TraceOption trace;

    @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the whole conversation.")
    private Optional<String> system;

    ChatCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        system.ifPresent(text -> history.add(Message.system(text)));
        try (TraceOption.Writing writing = trace.begin();
                Engine engine = Models.open(common)) {
            Display display = new Display(engine, console, common, writing);
            for (Optional<String> line = ask(); line.isPresent(); line = ask()) {
                say(display, line.get());
            }
        }
        if (common.json()) {
            JsonOutput.print(
                    Map.of("messages", history.stream().map(ChatCommand::json).toList()), console.out());
        }
        return ExitStatus.DONE;
    }

    private static Map<String, String> json(Message message) {
        return Map.of("role", message.role().label(), "content", message.content());
    }

    /** A message that cannot be answered is reported and forgotten: the conversation goes on. */
    private void say(Display display, String line) {
        history.add(Message.user(line));
        try {
            Request request = common.seeded(Request.chat(history), turns++).decoding(decoding.decoding());
            history.add(Message.assistant(display.writing(request).text()));
        } catch (IllegalArgumentException e) {
            if (!console.typed()) {
                throw e;
            }
            history.remove(history.size() - 1);
            console.err().println("palimpsest: " + e.getMessage());
        }
    }

    /** The next line that says something. */
    private Optional<String> ask() {
        while (true) {
            if (console.typed() && !common.quiet()) {
                console.err().print("> ");
                console.err().flush();
            }
            Optional<String> line = line();
            if (line.isEmpty() || line.get().strip().equals("/quit")) {
                return Optional.empty();
            }
            if (!line.get().isBlank()) {
                return line;
            }
        }
    }

    private Optional<String> line() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            int next = console.in().read();
            if (next < 0) {
                return Optional.empty();
            }
            while (next >= 0 && next != '\n') {
                bytes.write(next);
                next = console.in().read();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input: " + e.getMessage(), e);
        }
        return Optional.of(
                PromptInput.decode(bytes.toByteArray(), "the message").stripTrailing());
    }
}
