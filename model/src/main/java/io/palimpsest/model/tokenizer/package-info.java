/**
 * Text to token ids and back, and the markup of conversations.
 *
 * <p>A network knows no letters, only rows of an embedding. A <em>tokenizer</em> cuts text into pieces from a fixed
 * vocabulary and gives each its row. Nearly all diffusion language models use byte-level byte pair encoding (BPE; Sennrich
 * et al. 2016, arXiv:1508.07909; bytes: Radford et al. 2019):
 *
 * <ol>
 *   <li>a regular expression cuts text into words ({@code pre_tokenizer}); a space belongs to the word behind it;
 *   <li>each word's UTF-8 bytes are written in 256 visible letters, so that {@code " the"} is {@code Ġthe};
 *   <li>neighbours are merged, in the order in which training found the pairs most frequent, until no pair is left.
 * </ol>
 *
 * <p>So a piece may be half a character: a text that grows token by token is read through a
 * {@link io.palimpsest.model.tokenizer.TextStream}. And where text is cut matters: the ids of {@code a + b} are not those
 * of {@code a} followed by those of {@code b}.
 *
 * <p><em>Special tokens</em> ({@code <|im_end|>}, the mask) are rows without text of their own. They are recognised in
 * rendered templates only ({@link io.palimpsest.model.tokenizer.Tokenizer#encodeTemplate}), never in what a person wrote
 * ({@link io.palimpsest.model.tokenizer.Tokenizer#encode}): or a message could end itself and speak as the system.
 *
 * <p>An instructed model has learnt one exact markup around the turns of a conversation. Its makers publish it as a Jinja
 * template, which a {@link io.palimpsest.model.tokenizer.ChatTemplate} renders as Python's transformers library does.
 * {@link io.palimpsest.model.tokenizer.Tokenizer#encodeChat} makes the prompt's ids: the template's markup is special,
 * what messages say is text, and text is cut as if all had been rendered first, because it was.
 *
 * <pre>
 * messages ── render, what looks like markup in them disguised ──► markup and text
 *          ── template's special tokens get a secret spelling ───► only these can be recognised
 *          ── disguises removed, encoded as a whole ─────────────► ids
 * </pre>
 *
 * <p>The algorithm is the Hugging Face library's, through DJL; its native code is in the jar (Linux x86_64 and aarch64,
 * macOS arm64, Windows x86_64; none for macOS x86_64), so nothing is fetched when a program runs. A
 * {@link io.palimpsest.model.tokenizer.GgufVocabulary} turns the vocabulary inside a GGUF file into the same form.
 */
@NullMarked
package io.palimpsest.model.tokenizer;

import org.jspecify.annotations.NullMarked;
