/** Samples that break the rules. */
@NullMarked
package io.palimpsest.architecture.violations.training;

import org.jspecify.annotations.NullMarked;
