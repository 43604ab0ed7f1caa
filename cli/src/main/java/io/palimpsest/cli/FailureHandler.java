package io.palimpsest.cli;

import io.palimpsest.model.hub.HubException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever goes wrong into one line on standard error and an exit status; a stack trace only with {@code --debug}. */
final class FailureHandler implements IExecutionExceptionHandler, IParameterExceptionHandler {

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        Throwable said = refusal(failure);
        command.getErr()
                .println("palimpsest: "
                        + tooManyWords(failure).or(() -> firstLine(said)).orElse("wrong usage."));
        if (!UnmatchedArgumentException.printSuggestions(failure, command.getErr())) {
            command.getErr()
                    .println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for more information.");
        }
        command.getErr().flush();
        return ExitStatus.WRONG_USAGE;
    }

    /** A shell hands over a text without quotes as many arguments. */
    private static Optional<String> tooManyWords(ParameterException failure) {
        return failure instanceof UnmatchedArgumentException unmatched
                        && !failure.getCommandLine()
                                .getCommandSpec()
                                .positionalParameters()
                                .isEmpty()
                        && !unmatched.isUnknownOption()
                ? Optional.of("'" + unmatched.getUnmatched().get(0)
                        + "' is one word too many; put a text of several words in quotes.")
                : Optional.empty();
    }

    /** What an option's own check said, instead of picocli's account of how it called the check. */
    private static Throwable refusal(ParameterException failure) {
        return failure.getCause() instanceof IllegalArgumentException cause ? cause : failure;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        return report(failure, command, asksForTrace(arguments));
    }

    /** Also for errors that picocli lets pass: a missing native library, too little memory. */
    int report(Throwable failure, CommandLine command, boolean withTrace) {
        if (failure instanceof ReaderGone) {
            return ExitStatus.READER_GONE;
        }
        if (withTrace) {
            failure.printStackTrace(command.getErr());
        }
        command.getErr().println("palimpsest: " + message(failure));
        command.getErr().flush();
        return status(failure);
    }

    static int status(Throwable failure) {
        if (failure instanceof IllegalArgumentException) {
            return ExitStatus.WRONG_USAGE;
        }
        return failure instanceof UncheckedIOException ? ExitStatus.BAD_FILE : ExitStatus.FAILED;
    }

    private static String message(Throwable failure) {
        if (failure instanceof UncheckedIOException io && io.getCause() instanceof FileSystemException cause) {
            return fileMessage(io, cause);
        }
        Optional<String> said = firstLine(failure);
        if (said.isPresent() && (status(failure) != ExitStatus.FAILED || isExpected(failure))) {
            return said.get();
        }
        String kind = failure.getClass().getSimpleName();
        return said.map(line -> line + " (" + kind + "; --debug shows where)")
                .orElse("failed with " + kind + "; --debug shows where.");
    }

    /** What fails while working without being a mistake of ours. */
    private static boolean isExpected(Throwable failure) {
        return failure instanceof HubException || failure instanceof CancellationException;
    }

    /** What was said where it says more than the system did, and what the system's exception means. */
    private static String fileMessage(UncheckedIOException failure, FileSystemException cause) {
        String said = firstLine(failure).orElse("");
        if (!said.equals(cause.toString()) && !said.endsWith(": " + cause.getMessage())) {
            return said + ": " + reason(cause);
        }
        return cause instanceof NoSuchFileException
                ? "no such file: " + cause.getFile()
                : "cannot read " + cause.getFile() + ": " + reason(cause);
    }

    private static String reason(FileSystemException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        return failure.getReason() == null ? failure.getClass().getSimpleName() : failure.getReason();
    }

    private static Optional<String> firstLine(Throwable failure) {
        return Optional.ofNullable(failure.getMessage())
                .flatMap(message -> message.strip().lines().findFirst());
    }

    private static boolean asksForTrace(ParseResult arguments) {
        ParseResult innermost = arguments;
        while (innermost.hasSubcommand()) {
            innermost = innermost.subcommand();
        }
        return innermost.matchedOptionValue("--debug", false);
    }
}
