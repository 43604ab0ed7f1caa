/**
 * Tensors over libtorch with scoped memory.
 *
 * <p>{@link io.palimpsest.tensor.Tensor} names its operations as PyTorch does. {@link io.palimpsest.tensor.Scope} owns the
 * native memory: whatever is made inside a scope is freed at its closing brace. This package alone sees a native handle.
 */
@NullMarked
package io.palimpsest.tensor;

import org.jspecify.annotations.NullMarked;
