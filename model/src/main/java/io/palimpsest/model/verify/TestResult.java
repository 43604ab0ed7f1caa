package io.palimpsest.model.verify;

import java.util.OptionalDouble;

/**
 * What came of one recorded test.
 *
 * @param folder the fixture it belongs to
 * @param name its name
 * @param kind what it compares
 * @param maxAbsDiff the largest difference between a recorded number and ours; empty where no number was reached
 * @param ok whether everything was within tolerance
 * @param message why not; empty where it was
 */
public record TestResult(
        String folder, String name, String kind, OptionalDouble maxAbsDiff, boolean ok, String message) {}
