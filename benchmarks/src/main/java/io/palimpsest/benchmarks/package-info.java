/** Measurements that are run by hand, side by side in one process, and reported as medians. */
@NullMarked
package io.palimpsest.benchmarks;

import org.jspecify.annotations.NullMarked;
