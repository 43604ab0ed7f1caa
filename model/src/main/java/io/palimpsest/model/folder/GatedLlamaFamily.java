package io.palimpsest.model.folder;

import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.architecture.SamplerHead;
import io.palimpsest.model.architecture.SoftMask;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Llama-style autoregressive models with a gated diffusion adapter ({@link GatedLlama}), or without: then drafts are worth
 * nothing, and verified decoding still gives the base model's text.
 */
final class GatedLlamaFamily implements Family {

    private static final String SMOOTHING = "smoothing.safetensors";
    private static final int DRAFTS = 1;

    @Override
    public String name() {
        return "llama with a gated diffusion adapter";
    }

    @Override
    public boolean reads(ModelFolder folder) {
        return folder.checkpoint().config().text("model_type").equals("llama");
    }

    @Override
    public boolean takesAdapter() {
        return true;
    }

    @Override
    public Traits traits(ModelFolder folder) {
        int drafts = folder.adapter().isPresent() ? DRAFTS : 0;
        Traits.Decoding decoding =
                new Traits.Decoding(Strategy.THRESHOLD, OptionalInt.of(8), drafts, OptionalInt.empty(), 0.9, 0.2, 0.9);
        return new Traits(
                Traits.Noise.MASK,
                Traits.Attention.CAUSAL_CONTEXT,
                OptionalInt.empty(),
                1,
                true,
                decoding,
                Optional.empty());
    }

    @Override
    public Network load(ModelFolder folder, Precision precision) {
        Llama.Config config = config(folder.checkpoint().config());
        Optional<GatedAdapterFile> adapter = folder.adapter();
        adapter.ifPresent(a -> a.requireLayers(config.layers()));
        Optional<Safetensors> smoothing = smoothing(folder);
        try {
            Loader loader = new Loader(
                    folder.checkpoint().weights(),
                    precision,
                    adapter.map(a -> new Loader.AdapterWeights(a.weights(), a.scale())),
                    smoothing.map(FileWeights::new));
            GatedLlama model = new GatedLlama(
                    Llama.load(loader, config),
                    mask(adapter, config.dim()),
                    adapter.map(a -> a.entryLayer(config.layers())).orElse(0),
                    adapter.flatMap(a -> sampler(a, precision, config.dim())),
                    adapter.flatMap(a -> state(a, config.dim())));
            return model::open;
        } finally {
            smoothing.ifPresent(Safetensors::close);
        }
    }

    static Llama base(ModelFolder folder, Precision precision, Optional<Weights> smoothing) {
        Loader loader = new Loader(folder.checkpoint().weights(), precision, Optional.empty(), smoothing);
        return Llama.load(loader, config(folder.checkpoint().config()));
    }

    /** That of the base's folder; the adapter's, which goes with the same base, where there is none. */
    private static Optional<Safetensors> smoothing(ModelFolder folder) {
        return Stream.concat(Stream.of(folder.path()), folder.adapter().map(GatedAdapterFile::folder).stream())
                .map(place -> place.resolve(SMOOTHING))
                .filter(Files::exists)
                .findFirst()
                .map(Safetensors::open);
    }

    private static Tensor mask(Optional<GatedAdapterFile> adapter, int dim) { // (C)
        return Scope.keeping(() -> {
            if (adapter.isEmpty()) {
                return Tensor.zeros(dim);
            }
            Weights weights = new FileWeights(adapter.get().file());
            return weights.get(GatedAdapterFile.MASK, dim).toFloat().copy();
        });
    }

    private static Optional<SamplerHead> sampler(GatedAdapterFile adapter, Precision precision, int dim) {
        if (adapter.samplerHidden().isEmpty()) {
            return Optional.empty();
        }
        int hidden = adapter.samplerHidden().getAsInt();
        Loader loader = Loader.of(new FileWeights(adapter.file()), precision).at(GatedAdapterFile.SAMPLER);
        return Optional.of(new SamplerHead(loader.linear("in", 2L * dim, hidden), loader.linear("out", hidden, dim)));
    }

    private static Optional<SoftMask> state(GatedAdapterFile adapter, int dim) {
        return adapter.file().tensors().containsKey(GatedAdapterFile.STATE)
                ? Optional.of(new SoftMask(Loader.of(new FileWeights(adapter.file()), Precision.FP32)
                        .tensor(GatedAdapterFile.STATE, dim)))
                : Optional.empty();
    }

    private static Llama.Config config(Configuration c) {
        if (c.has("rope_scaling")) {
            throw c.wrong(
                    "rope_scaling",
                    "absent: scaled rotary positions are not supported",
                    c.json().get("rope_scaling"));
        }
        int dim = c.integer("hidden_size", 1, 1 << 20);
        int heads = c.integer("num_attention_heads", 1, 1024);
        int headDim = c.integer("head_dim", 2, 4096, dim / heads);
        int kvHeads = c.integer("num_key_value_heads", 1, heads, heads);
        if (heads % kvHeads != 0) {
            throw c.wrong("num_key_value_heads", "a divisor of num_attention_heads (" + heads + ")", kvHeads);
        }
        if (headDim < 2 || headDim % 2 != 0) {
            throw c.wrong("head_dim", "even and at least 2", headDim);
        }
        return new Llama.Config(
                c.integer("num_hidden_layers", 1, 4096),
                dim,
                c.integer("intermediate_size", 1, 1 << 22),
                heads,
                kvHeads,
                headDim,
                c.integer("vocab_size", 1, 1 << 24),
                c.integer("max_position_embeddings", 1, 1 << 24),
                c.positive("rope_theta", 10000),
                c.positive("rms_norm_eps", 1e-5),
                c.flag("tie_word_embeddings", false));
    }
}
