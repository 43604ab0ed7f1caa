@NullMarked
package io.palimpsest.training.scratch;

import org.jspecify.annotations.NullMarked;
