package io.palimpsest.model.verify;

/** How far a number may be from the recorded one: {@code |got - expected| <= atol + rtol * |expected|}. */
record Tolerance(double atol, double rtol) {

    boolean accepts(double got, double expected) {
        return Math.abs(got - expected) <= atol + rtol * Math.abs(expected) || got == expected;
    }
}
