package io.palimpsest.architecture.violations.tensor;

/** Stands for what only the lower modules may see. */
public final class SampleTensor {}
