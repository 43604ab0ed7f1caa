@NullMarked
package io.palimpsest.benchmarks;

import org.jspecify.annotations.NullMarked;
