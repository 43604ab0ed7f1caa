@NullMarked
package io.palimpsest.training.embedding;

import org.jspecify.annotations.NullMarked;
