@NullMarked
package io.palimpsest.diffusion.noise;

import org.jspecify.annotations.NullMarked;
