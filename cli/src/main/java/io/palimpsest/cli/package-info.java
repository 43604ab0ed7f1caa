/**
 * The {@code palimpsest} command: one class a verb.
 *
 * <p>A verb reads its options, asks the engine, and writes to its {@link io.palimpsest.cli.Console}. It speaks text,
 * numbers and records, and never sees a tensor. What the verbs share is small:
 *
 * <ul>
 *   <li>{@link io.palimpsest.cli.CommonOptions}, the options every verb takes, and {@link io.palimpsest.cli.ModelOptions}, those of
 *       verbs that work with a model; {@link io.palimpsest.cli.Values} reads what stands behind them;
 *   <li>{@link io.palimpsest.cli.DecodingOptions} and {@link io.palimpsest.cli.TraceOption}, those of verbs that write;
 *   <li>{@link io.palimpsest.cli.ExitStatus}, what the shell is told, and {@link io.palimpsest.cli.FailureHandler}, which turns
 *       an exception into one line and that status;
 *   <li>{@link io.palimpsest.cli.JsonOutput}, the one object that {@code --json} prints;
 *   <li>{@link io.palimpsest.cli.CanvasView}, which shows a canvas while it settles: redrawn in place on a terminal
 *       ({@link io.palimpsest.cli.LiveCanvas}), streamed as plain text into a pipe ({@link io.palimpsest.cli.PlainStream}).
 * </ul>
 */
@NullMarked
package io.palimpsest.cli;

import org.jspecify.annotations.NullMarked;
