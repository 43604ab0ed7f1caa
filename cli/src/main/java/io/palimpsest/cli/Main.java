package io.palimpsest.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code palimpsest} command. */
@Command(
        name = "palimpsest",
        description = "Writes text by denoising: diffusion language models on the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            GenerateCommand.class,
            ChatCommand.class,
            InfillCommand.class,
            ScoreCommand.class,
            InspectCommand.class,
            ListCommand.class,
            PullCommand.class,
            RemoveCommand.class,
            TrainCommand.class,
            AdaptCommand.class,
            EvaluateCommand.class,
            BenchCommand.class,
            VerifyCommand.class
        })
public final class Main implements Runnable {

    @Spec
    private CommandSpec command;

    private Main() {}

    public static void main(String... arguments) {
        System.exit(run(Console.system(), arguments));
    }

    static int run(Console console, String... arguments) {
        CommandLine line = commandLine(console);
        int status = execute(line, arguments);
        console.err().flush();
        return status == ExitStatus.DONE ? written(console, line) : status;
    }

    /** What was printed counts only where it was written. */
    private static int written(Console console, CommandLine line) {
        try {
            console.requireReader();
            return ExitStatus.DONE;
        } catch (CancellationException e) {
            return new FailureHandler().report(e, line, false);
        }
    }

    /** Errors that picocli lets pass, too little memory or a missing native library, are reported as any failure. */
    static int execute(CommandLine line, String... arguments) {
        try {
            return line.execute(arguments);
        } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
            return new FailureHandler().report(e, line, List.of(arguments).contains("--debug"));
        }
    }

    static CommandLine commandLine(Console console) {
        return configured(new CommandLine(new Main(), new CommandFactory(console)), console);
    }

    static CommandLine configured(CommandLine line, Console console) {
        FailureHandler failures = new FailureHandler();
        return Values.readBy(line)
                .setOut(writer(console.out()))
                .setErr(writer(console.err()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(), "no command given.");
    }
}
