/** Models from nothing: fresh weights, a vocabulary learnt from the text, and the folder that every command opens. */
@NullMarked
package io.palimpsest.training.scratch;

import org.jspecify.annotations.NullMarked;
