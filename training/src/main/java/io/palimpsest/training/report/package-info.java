/** Pages for people about what was trained and measured: plain HTML with charts as SVG, readable without a network. */
@NullMarked
package io.palimpsest.training.report;

import org.jspecify.annotations.NullMarked;
