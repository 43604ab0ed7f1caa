/** The model that ships with Palimpsest, as resources; its card is beside it. */
@NullMarked
package io.palimpsest.models;

import org.jspecify.annotations.NullMarked;
