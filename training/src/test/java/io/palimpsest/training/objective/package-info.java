@NullMarked
package io.palimpsest.training.objective;

import org.jspecify.annotations.NullMarked;
