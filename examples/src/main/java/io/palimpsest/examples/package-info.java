/** How the Java API reads. */
@NullMarked
package io.palimpsest.examples;

import org.jspecify.annotations.NullMarked;
