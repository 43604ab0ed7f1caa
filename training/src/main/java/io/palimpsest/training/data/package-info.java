/** What models are trained on: sequences of token ids, read once, drawn in an order that a seed decides. */
@NullMarked
package io.palimpsest.training.data;

import org.jspecify.annotations.NullMarked;
