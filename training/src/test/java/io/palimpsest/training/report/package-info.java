@NullMarked
package io.palimpsest.training.report;

import org.jspecify.annotations.NullMarked;
