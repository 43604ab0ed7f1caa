@NullMarked
package io.palimpsest.diffusion.denoiser;

import org.jspecify.annotations.NullMarked;
