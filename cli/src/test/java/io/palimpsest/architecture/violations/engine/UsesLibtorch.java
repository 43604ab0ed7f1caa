package io.palimpsest.architecture.violations.engine;

import org.bytedeco.javacpp.Pointer;

/** An engine that reaches past the tensor module. */
public record UsesLibtorch(Pointer pointer) {}
