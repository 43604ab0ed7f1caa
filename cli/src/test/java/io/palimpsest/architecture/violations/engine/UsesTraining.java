package io.palimpsest.architecture.violations.engine;

import io.palimpsest.architecture.violations.training.CycleBack;

/** An engine that looks upwards. */
public record UsesTraining(CycleBack training) {}
