@NullMarked
package io.palimpsest.diffusion.guidance;

import org.jspecify.annotations.NullMarked;
