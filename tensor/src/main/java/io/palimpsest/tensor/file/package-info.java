/**
 * Files of named tensors: safetensors (read and written) and GGUF (read).
 *
 * <p>{@link io.palimpsest.tensor.file.TensorFile#open TensorFile.open} looks at the first bytes, never at the file's name.
 * Opening reads and checks the whole header; no weight is touched until {@link io.palimpsest.tensor.file.TensorFile#read
 * read} asks for it. Weights stored as plain numbers are handed out as views of a mapping of the file, without a copy, where
 * the format aligned them; quantised GGUF weights become F32.
 *
 * <p><b>Safetensors</b> is 8 bytes of length, a JSON object that says for each tensor its type, its shape and the bytes it
 * lies in, and those bytes. They must cover the rest of the file exactly: no holes, no overlaps.
 *
 * <p><b>GGUF</b> (llama.cpp's format, versions 2 and 3) is a list of typed key-value pairs (the model's configuration and
 * its tokenizer), a list of tensor descriptions, and aligned data. Its dimensions are written fastest first; here they are
 * turned round into PyTorch's order. Quantised types store blocks of 32 or 256 weights that share scales; a weight is
 * {@code d * q} or {@code d * q + m}, in the K types with scales that are quantised themselves.
 *
 * <p><b>Hostile files.</b> A checkpoint is downloaded from somewhere, so nothing in it is believed: every count and length
 * is compared with the bytes that are left before anything is allocated, products are taken without overflow, types, names,
 * ranges and nesting are checked, and whatever does not fit throws {@link io.palimpsest.tensor.file.InvalidFileException}.
 * What cannot be guarded from here: a file that somebody truncates while it is mapped. Reading a page that is gone ends the
 * process, as it does in every program that maps files; replace checkpoints by renaming a new file over the old one.
 */
@NullMarked
package io.palimpsest.tensor.file;

import org.jspecify.annotations.NullMarked;
