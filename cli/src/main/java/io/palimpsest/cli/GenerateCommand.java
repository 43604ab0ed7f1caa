package io.palimpsest.cli;

import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code generate}: denoises a text. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = "Writes text by denoising. Without PROMPT it reads standard input.")
final class GenerateCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private ModelOptions common;

    @Mixin
    private DecodingOptions decoding;

    @Mixin
    private TraceOption trace;

    @Parameters(arity = "0..1", paramLabel = "PROMPT", description = "What to write about.")
    private Optional<String> prompt;

    @Option(names = "--raw", description = "Continue PROMPT as it is, without the model's chat template.")
    private boolean raw;

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String text = PromptInput.read(prompt, "PROMPT", console);
        Request request = common.seeded(raw ? Request.continuing(text) : Request.chat(text))
                .decoding(decoding.decoding());
        try (TraceOption.Writing writing = trace.begin();
                Engine engine = Models.open(common)) {
            Answer answer = new Display(engine, console, common, writing).writing(request);
            if (common.json()) {
                JsonOutput.print(answer.toMap(), console.out());
            }
        }
        return ExitStatus.DONE;
    }
}
