@NullMarked
package io.palimpsest.diffusion.process;

import org.jspecify.annotations.NullMarked;
