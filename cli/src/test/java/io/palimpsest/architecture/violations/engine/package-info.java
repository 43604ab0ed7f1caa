/** Samples that break the rules. */
@NullMarked
package io.palimpsest.architecture.violations.engine;

import org.jspecify.annotations.NullMarked;
