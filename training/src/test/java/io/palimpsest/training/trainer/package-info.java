@NullMarked
package io.palimpsest.training.trainer;

import org.jspecify.annotations.NullMarked;
