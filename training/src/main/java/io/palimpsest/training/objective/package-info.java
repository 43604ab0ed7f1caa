/** What training minimises: each class is a formula, with the paper it comes from. */
@NullMarked
package io.palimpsest.training.objective;

import org.jspecify.annotations.NullMarked;
