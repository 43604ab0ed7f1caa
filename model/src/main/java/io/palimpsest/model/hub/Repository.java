package io.palimpsest.model.hub;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model's repository on the hub, and possibly one of its revisions.
 *
 * @param id {@code organisation/name}, or {@code name} alone for the oldest models
 * @param pin a branch, a tag or a commit; empty for the main branch
 */
public record Repository(String id, Optional<String> pin) {

    private static final int LONGEST_ID = 96;
    private static final Pattern ID = Pattern.compile("(?:[A-Za-z0-9_][\\w.-]*/)?[A-Za-z0-9_][\\w.-]*");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern REVISION = Pattern.compile("[\\w.+-]+(?:/[\\w.+-]+)*");
    private static final String PREFIX = "models--";

    public Repository {
        if (!isId(id)) {
            throw new IllegalArgumentException(
                    "expected a repository as ORGANISATION/NAME or ORGANISATION/NAME@REVISION; got '" + id + "'.");
        }
        if (pin.isPresent() && !isRevision(pin.get())) {
            throw new IllegalArgumentException("expected a branch, a tag or a commit after the @ of " + id + "; got '"
                    + HubException.oneLine(pin.get()) + "'.");
        }
    }

    /** Reads {@code organisation/name} or {@code organisation/name@revision}. */
    public static Repository parse(String text) {
        String stripped = text.strip();
        int at = stripped.indexOf('@');
        return at < 0
                ? new Repository(stripped, Optional.empty())
                : new Repository(stripped.substring(0, at), Optional.of(stripped.substring(at + 1)));
    }

    /** Whether {@code text} could name a repository on the hub; a path with more than one slash does not. */
    public static boolean isName(String text) {
        int at = text.indexOf('@');
        return at < 0 ? isId(text) : isId(text.substring(0, at)) && isRevision(text.substring(at + 1));
    }

    static Optional<Repository> ofFolder(String folder) {
        String id =
                folder.startsWith(PREFIX) ? folder.substring(PREFIX.length()).replace("--", "/") : "";
        return isId(id) ? Optional.of(new Repository(id, Optional.empty())) : Optional.empty();
    }

    /** What is asked for: the pin, or the main branch. */
    public String revision() {
        return pin.orElse("main");
    }

    String folder() {
        return PREFIX + id.replace("/", "--");
    }

    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }

    /** The hub's own rules, which also keep an id from naming another folder of the cache. */
    private static boolean isId(String id) {
        return id.length() <= LONGEST_ID
                && ID.matcher(id).matches()
                && !id.contains("--")
                && !id.contains("..")
                && !id.contains("./")
                && !id.contains("-/")
                && !id.endsWith(".")
                && !id.endsWith("-")
                && !id.endsWith(".git");
    }

    private static boolean isRevision(String revision) {
        return REVISION.matcher(revision).matches() && !revision.matches("(.*/)?\\.{1,2}(/.*)?");
    }

    @Override
    public String toString() {
        return pin.map(revision -> id + "@" + revision).orElse(id);
    }
}
