package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** How texts did, added up: the mean of each measure in per cent, that of success for each target too, and how sure it is. */
final class Outcomes {

    private final Map<String, Mean> measures = new TreeMap<>();
    private final Map<String, Mean> targets = new LinkedHashMap<>();

    /** Some numbers' mean. */
    private static final class Mean {
        private double sum;
        private int count;

        void add(double value) {
            sum += value;
            count++;
        }

        double share() {
            return sum / count;
        }
    }

    /**
     * The ends of a share's 95 % confidence interval (Wilson, JASA 22, 1927). Where values between 0 and 1 were averaged, and not hits
     * counted, it is wider than it need be.
     */
    record Interval(double low, double high) {

        private static final double Z = 1.959964;

        static Interval of(double share, int count) {
            double z = Z * Z / count;
            double middle = (share + z / 2) / (1 + z);
            double half = Z / (1 + z) * Math.sqrt((share * (1 - share) + z / 4) / count);
            return new Interval(Math.max(0, middle - half), Math.min(1, middle + half));
        }
    }

    /** One text more, what was wanted of it, and how well it does by some measures, from 0 to 1. */
    void add(String target, Map<String, Double> values) {
        values.forEach(
                (name, value) -> measures.computeIfAbsent(name, n -> new Mean()).add(value));
        Double success = values.get(Trial.SUCCESS);
        if (success != null) {
            targets.computeIfAbsent(target, t -> new Mean()).add(success);
        }
    }

    /** Writes them into {@code result}. */
    void into(ObjectNode result) {
        measures.forEach((name, mean) -> result.put(name, 100 * mean.share()));
        Mean success = measures.get(Trial.SUCCESS);
        if (success != null) {
            Interval interval = Interval.of(success.share(), success.count);
            result.put("success_low", 100 * interval.low()).put("success_high", 100 * interval.high());
            result.put("different_targets", targets.size());
            ObjectNode each = result.putObject("targets");
            targets.forEach((target, mean) -> each.put(target, 100 * mean.share()));
        }
    }
}
