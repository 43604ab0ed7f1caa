package io.palimpsest.tensor.file;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Names that somebody may have meant, by edit distance (Levenshtein, 1966). */
final class NearNames {

    private static final int CONSIDERED = 10_000;
    private static final int LONGEST = 200;
    private static final int SHOWN = 3;

    private NearNames() {}

    /** The few nearest of {@code names}, nearest first, none that differs in more than half its letters. */
    static List<String> of(String wanted, Collection<String> names) {
        if (wanted.length() > LONGEST) {
            return List.of();
        }
        return names.stream()
                .limit(CONSIDERED)
                .filter(name -> name.length() <= LONGEST)
                .map(name -> new Candidate(name, distance(wanted, name)))
                .filter(candidate -> candidate.distance() <= wanted.length() / 2)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(SHOWN)
                .map(Candidate::name)
                .toList();
    }

    private record Candidate(String name, int distance) {}

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1]; // row[j]: edits from the letters of a so far to b's first j
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
