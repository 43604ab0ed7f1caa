/** What turns one model into another without touching its weights. */
@NullMarked
package io.palimpsest.training.adapter;

import org.jspecify.annotations.NullMarked;
