@NullMarked
package io.palimpsest.diffusion.likelihood;

import org.jspecify.annotations.NullMarked;
