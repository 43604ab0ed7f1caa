package io.palimpsest.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: ours from the jar's manifest, then the machine's, since reports of bugs need both. */
final class VersionProvider implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"palimpsest " + own() + " (Java " + Runtime.version() + ", " + machine() + ")"};
    }

    private static String own() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("unpackaged");
    }

    private static String machine() {
        return System.getProperty("os.name", "?") + " " + System.getProperty("os.arch", "?");
    }
}
