/** Settings of runs, read from YAML files in which every key must stand. */
@NullMarked
package io.palimpsest.training.settings;

import org.jspecify.annotations.NullMarked;
