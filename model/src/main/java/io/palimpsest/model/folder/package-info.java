/**
 * Models on disk: what lies in a folder, which family it belongs to, and how it becomes something that denoises.
 *
 * <p>A {@link io.palimpsest.model.folder.ModelFolder} is opened in two steps. Opening reads headers and configurations only,
 * so that a model can be inspected without its weights; {@link io.palimpsest.model.folder.ModelFolder#load loading} gives a
 * {@link io.palimpsest.model.folder.LanguageModel}: a network behind the {@code Denoiser} seam and the tokenizer, template
 * and stop tokens that belong to it.
 *
 * <p>A folder holds the files of a Hugging Face repository, or one GGUF file, or a GGUF file and a gated adapter:
 *
 * <pre>
 * *.gguf                        weights, configuration, vocabulary and chat template in one
 * config.json, *.safetensors    the same in the form of transformers,
 * tokenizer.json, ...           with tokenizer_config.json, chat_template.jinja, generation_config.json
 * adapter_config.json           PEFT's description of an adapter, and our keys in it (see GatedAdapterFile)
 * adapter_model.safetensors     its low-rank factors, and the embedding of a hidden position
 * smoothing.safetensors         scales that share activations' outliers with the weights (SmoothQuant, arXiv:2211.10438)
 * </pre>
 *
 * <p>What published families differ in (a mask token or a random canvas, who sees whom, whether predictions are shifted by
 * one, how they are decoded) is said by a {@link io.palimpsest.model.folder.Family}; a new one is one class and one line in
 * {@link io.palimpsest.model.folder.Families}.
 */
@NullMarked
package io.palimpsest.model.folder;

import org.jspecify.annotations.NullMarked;
