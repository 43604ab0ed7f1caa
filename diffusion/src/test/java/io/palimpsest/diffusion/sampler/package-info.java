@NullMarked
package io.palimpsest.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
