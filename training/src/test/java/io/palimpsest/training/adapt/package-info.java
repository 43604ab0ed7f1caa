@NullMarked
package io.palimpsest.training.adapt;

import org.jspecify.annotations.NullMarked;
