package io.palimpsest.model.verify;

import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;

/** Holds what a test computes against what was recorded. */
final class Comparison {

    private final RecordedTest test;
    private double maxAbsDiff;
    private boolean compared;
    private String message = "";

    Comparison(RecordedTest test) {
        this.test = test;
    }

    /** Compares floats. */
    void floats(String role, Tensor got) {
        floats(role, got.toFloat().toFloats(), i -> true);
    }

    /** Compares the rows of the last dimension that {@code counts} picks. */
    void rows(String role, Tensor got, IntPredicate counts) {
        int width = (int) got.size(-1);
        floats(role, got.toFloat().toFloats(), i -> counts.test(i / width));
    }

    void floats(String role, float[] got, IntPredicate counts) {
        float[] expected = test.floats(role);
        double[] wide = new double[got.length];
        double[] wanted = new double[expected.length];
        for (int i = 0; i < got.length; i++) {
            wide[i] = got[i];
        }
        for (int i = 0; i < expected.length; i++) {
            wanted[i] = expected[i];
        }
        numbers(role, wide, wanted, counts);
    }

    void number(String role, double got, double expected) {
        numbers(role, new double[] {got}, new double[] {expected}, i -> true);
    }

    void numbers(String role, double[] got, double[] expected, IntPredicate counts) {
        compared = true;
        if (got.length != expected.length) {
            fail(role + " has " + got.length + " numbers, recorded are " + expected.length);
            return;
        }
        Tolerance tolerance = test.tolerance(role);
        for (int i = 0; i < got.length; i++) {
            if (!counts.test(i)) {
                continue;
            }
            double diff = got[i] == expected[i] ? 0 : Math.abs(got[i] - expected[i]);
            maxAbsDiff = Double.isNaN(diff) ? Double.NaN : Math.max(maxAbsDiff, diff);
            if (!tolerance.accepts(got[i], expected[i])) {
                fail(role + "[" + i + "] is " + got[i] + ", recorded is " + expected[i]);
            }
        }
    }

    /** Compares ids, which must be the same. */
    void exact(String role, int[] got, int[] expected) {
        compared = true;
        if (got.length != expected.length) {
            fail(role + " has " + got.length + " ids, recorded are " + expected.length);
            return;
        }
        int at = Arrays.mismatch(got, expected);
        if (at >= 0) {
            fail(role + "[" + at + "] is " + got[at] + ", recorded is " + expected[at]);
        }
    }

    /** Compares rows of ids, one after another. */
    void exact(String role, int[][] got, int[][] expected) {
        compared = true;
        if (got.length != expected.length) {
            fail(role + " has " + got.length + " rows, recorded are " + expected.length);
        }
        for (int i = 0; i < Math.min(got.length, expected.length); i++) {
            exact(role + "[" + i + "]", got[i], expected[i]);
        }
    }

    /** Notes what is wrong; the first complaint is the one that is told. */
    void fail(String complaint) {
        message = message.isEmpty() ? complaint : message;
    }

    TestResult result(String folder) {
        if (!compared) {
            fail("nothing was compared");
        }
        OptionalDouble diff = compared ? OptionalDouble.of(maxAbsDiff) : OptionalDouble.empty();
        return new TestResult(folder, test.name(), test.kind(), diff, message.isEmpty(), message);
    }
}
