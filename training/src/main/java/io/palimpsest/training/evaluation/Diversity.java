package io.palimpsest.training.evaluation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How different texts are, in themselves and from each other.
 *
 * @param texts as token ids
 */
record Diversity(List<int[]> texts) {

    private static final int LONGEST = 4;

    /** Different runs of {@code n} tokens for each that was written (distinct-n, arXiv:1510.03055). */
    double distinct(int n) {
        Set<List<Integer>> different = new HashSet<>();
        int all = 0;
        for (int[] text : texts) {
            for (int at = 0; at + n <= text.length; at++) {
                different.add(run(text, at, n));
                all++;
            }
        }
        return different.size() / (double) Math.max(1, all);
    }

    /**
     * The mean BLEU of each text with all others as its references (self-BLEU, arXiv:1802.01886), of runs of 1 to 4 tokens:
     * 1 where all are the same. Runs of more than one token count one more on both sides, so that short texts have a score
     * (the smoothing of Lin and Och, 2004).
     */
    double selfBleu() {
        if (texts.size() < 2) {
            return 0;
        }
        double sum = 0;
        for (int i = 0; i < texts.size(); i++) {
            sum += bleu(i);
        }
        return sum / texts.size();
    }

    private double bleu(int of) {
        int length = texts.get(of).length;
        if (length == 0) {
            return 0;
        }
        double logs = 0;
        for (int n = 1; n <= LONGEST; n++) {
            logs += Math.log(precision(of, n)) / LONGEST;
        }
        int reference = nearestLength(of);
        return Math.exp(logs) * (length >= reference ? 1 : Math.exp(1 - reference / (double) length));
    }

    /** The share of the text's runs that another text has, each at most as often as one text has it. */
    private double precision(int of, int n) {
        Map<List<Integer>, Integer> most = new HashMap<>();
        for (int other = 0; other < texts.size(); other++) {
            if (other != of) {
                counts(texts.get(other), n).forEach((run, count) -> most.merge(run, count, Math::max));
            }
        }
        int matched = 0;
        int all = 0;
        for (Map.Entry<List<Integer>, Integer> run : counts(texts.get(of), n).entrySet()) {
            matched += Math.min(run.getValue(), most.getOrDefault(run.getKey(), 0));
            all += run.getValue();
        }
        int smoothing = n > 1 ? 1 : 0;
        return (matched + smoothing) / (double) (all + smoothing);
    }

    private int nearestLength(int of) {
        int own = texts.get(of).length;
        int nearest = -1;
        for (int other = 0; other < texts.size(); other++) {
            int length = texts.get(other).length;
            if (other != of && (nearest < 0 || Math.abs(length - own) < Math.abs(nearest - own))) {
                nearest = length;
            }
        }
        return nearest;
    }

    private static Map<List<Integer>, Integer> counts(int[] text, int n) {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        for (int at = 0; at + n <= text.length; at++) {
            counts.merge(run(text, at, n), 1, Integer::sum);
        }
        return counts;
    }

    private static List<Integer> run(int[] text, int at, int n) {
        return Arrays.stream(text, at, at + n).boxed().toList();
    }
}
