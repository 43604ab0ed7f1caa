/** What the arrows between the modules and packages must be; {@code docs/architecture.md} draws them. */
@NullMarked
package io.palimpsest.architecture;

import org.jspecify.annotations.NullMarked;
