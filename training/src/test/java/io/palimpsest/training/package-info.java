/** What the tests of training share. */
@NullMarked
package io.palimpsest.training;

import org.jspecify.annotations.NullMarked;
