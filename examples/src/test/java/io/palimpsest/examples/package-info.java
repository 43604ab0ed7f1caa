@NullMarked
package io.palimpsest.examples;

import org.jspecify.annotations.NullMarked;
