package io.palimpsest.cli;

import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code infill}: fills the gaps of a text. */
@Command(
        name = "infill",
        mixinStandardHelpOptions = true,
        description =
                "Fills every gap in TEXT and leaves the rest as it is: [[3]] is a gap of three tokens, [[]] one whose"
                        + " length the model chooses. Without TEXT it reads standard input.")
final class InfillCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Mixin
    private DecodingOptions decoding;

    @Mixin
    private TraceOption trace;

    @Parameters(arity = "0..1", paramLabel = "TEXT", description = "A text with gaps.")
    private Optional<String> text;

    InfillCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String given = PromptInput.read(text, "TEXT", console);
        Request request = common.seeded(Request.infill(given)).decoding(decoding.decoding());
        try (TraceOption.Writing writing = trace.begin();
                Engine engine = Models.open(common)) {
            Answer answer = new Display(engine, console, common, writing).filling(request);
            if (common.json()) {
                JsonOutput.print(answer.toMap(), console.out());
            }
        }
        return ExitStatus.DONE;
    }
}
