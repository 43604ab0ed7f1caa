package io.palimpsest.architecture.violations.training;

import io.palimpsest.architecture.violations.engine.UsesLibtorch;

/** Closes a circle: the engine uses training, training the engine. */
public record CycleBack(UsesLibtorch engine) {}
