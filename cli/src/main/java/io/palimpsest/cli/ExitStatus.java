package io.palimpsest.cli;

/** What the shell is told when a command ends; scripts rely on these numbers. */
final class ExitStatus {

    static final int DONE = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int BAD_FILE = 3;

    /** What shells say of a command that writes into a pipe nobody reads: 128 and the number of SIGPIPE. */
    static final int READER_GONE = 141;

    private ExitStatus() {}
}
