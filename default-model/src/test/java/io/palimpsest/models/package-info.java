@NullMarked
package io.palimpsest.models;

import org.jspecify.annotations.NullMarked;
