/** Samples that break the rules. */
@NullMarked
package io.palimpsest.architecture.violations.cli;

import org.jspecify.annotations.NullMarked;
