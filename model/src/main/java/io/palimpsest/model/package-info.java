/** What the packages of this module share. */
@NullMarked
package io.palimpsest.model;

import org.jspecify.annotations.NullMarked;
