@NullMarked
package io.palimpsest.engine;

import org.jspecify.annotations.NullMarked;
