/**
 * Text in, text out: requests over one model, each step observable.
 *
 * <p>An {@link io.palimpsest.engine.Engine} owns a loaded model and one thread on which all of it runs; callers, from any
 * thread, hand in {@link io.palimpsest.engine.Request}s and get {@link io.palimpsest.engine.Answer}s. A request says what is
 * given (a conversation, a text to continue, a text with gaps) and how it is decoded; whoever listens sees each step as an
 * immutable {@code CanvasFrame}. A {@link io.palimpsest.engine.Trace} is such a listener, which writes a file.
 *
 * <p>Decoding is one of two. <em>Verified</em>: the diffusion mode drafts a few tokens, and the model's autoregressive mode
 * keeps those it would have written itself, so that the text is exactly the base model's, in fewer passes. <em>Unverified</em>:
 * block diffusion over a window that slides along behind the settled text, which commits in each step whatever is more
 * probable than a threshold; for gaps inside a text it is the only one. Published models, which have no autoregressive mode, are
 * written by their authors' own strategy, and every model by any other ({@link io.palimpsest.diffusion.sampler.Strategy}).
 *
 * <pre>{@code
 * try (Engine engine = Engine.open(DefaultModel.folder())) {
 *     Answer answer = engine.generate(Request.chat("Write a short story about a lighthouse").maxTokens(120));
 *     System.out.println(answer.text());
 * }
 * }</pre>
 */
@NullMarked
package io.palimpsest.engine;

import org.jspecify.annotations.NullMarked;
