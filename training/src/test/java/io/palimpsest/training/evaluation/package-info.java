@NullMarked
package io.palimpsest.training.evaluation;

import org.jspecify.annotations.NullMarked;
