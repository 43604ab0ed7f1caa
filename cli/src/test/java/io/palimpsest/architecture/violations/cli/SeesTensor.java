package io.palimpsest.architecture.violations.cli;

import io.palimpsest.architecture.violations.tensor.SampleTensor;

/** A command that handles a tensor. */
public record SeesTensor(SampleTensor tensor) {}
