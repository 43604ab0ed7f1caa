/** Samples that break the rules. */
@NullMarked
package io.palimpsest.architecture.violations.tensor;

import org.jspecify.annotations.NullMarked;
