@NullMarked
package io.palimpsest.training.adapter;

import org.jspecify.annotations.NullMarked;
