@NullMarked
package io.palimpsest.training.data;

import org.jspecify.annotations.NullMarked;
