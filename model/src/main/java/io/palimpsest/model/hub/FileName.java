package io.palimpsest.model.hub;

import java.util.Set;

/** A file's name in a repository: parts joined by slashes, none of which can lead out of the folder it is put in. */
final class FileName {

    private static final int LONGEST = 1024;
    private static final Set<String> NO_PARTS = Set.of("", ".", "..");

    private FileName() {}

    /** The name, if it is one; a repository that tries anything else is not read at all. */
    static String checked(String name, Repository repository) {
        if (name.length() > LONGEST || name.matches("(?s).*[\\p{Cc}\\\\].*") || name.matches("[A-Za-z]:.*")) {
            throw hostile(name, repository);
        }
        for (String part : name.split("/", -1)) {
            if (NO_PARTS.contains(part)) {
                throw hostile(name, repository);
            }
        }
        return name;
    }

    private static HubException hostile(String name, Repository repository) {
        String shown = name.length() > 80 ? name.substring(0, 80) + "..." : name;
        return new HubException(repository + " names a file '" + shown
                + "', which could be written outside its folder; nothing of this repository is fetched.");
    }

    /** The part after the last slash. */
    static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
