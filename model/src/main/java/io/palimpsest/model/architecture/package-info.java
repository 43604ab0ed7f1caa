/**
 * Networks that denoise, one readable file each.
 *
 * <p>Each is a record of layers with {@code load}, which walks the checkpoint's own names, and {@code forward}, which is
 * the equation.
 */
@NullMarked
package io.palimpsest.model.architecture;

import org.jspecify.annotations.NullMarked;
