package io.palimpsest.model.folder;

import io.palimpsest.diffusion.denoiser.Suppressing;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.denoiser.BlockCausalDenoiser;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.file.InvalidFileException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A family of published diffusion language models, as its configuration names it.
 *
 * @param name what people call it
 * @param types the {@code model_type}s its configurations have
 * @param architectures the {@code architectures} that set it apart from others of the same type; empty where nothing must
 * @param attention who sees whom
 * @param usualBlock the length of causal blocks, where a configuration names none
 * @param shift 1 where the row before a position predicts its token
 * @param decoding the settings it works with
 * @param reader makes its network
 */
record PublishedFamily(
        String name,
        Set<String> types,
        Set<String> architectures,
        Traits.Attention attention,
        int usualBlock,
        int shift,
        Traits.Decoding decoding,
        Reader reader)
        implements Family {

    /** What families call the token that stands at hidden positions, where no configuration names its id. */
    private static final List<String> MASKS =
            List.of("<|mdm_mask|>", "<|mask|>", "<|MASK|>", "|<MASK>|", "<MASK>", "[MASK]", "<mask>");

    private static final Traits.Decoding RESIZING =
            Traits.Decoding.of(Strategy.DREAMON).drawing(0.2, 0.9);

    /** Makes a network from a configuration and weights. */
    interface Reader {
        CanvasNetwork read(Configuration config, Loader loader);
    }

    @Override
    public boolean reads(ModelFolder folder) {
        return reads(folder.checkpoint().config());
    }

    @Override
    public Traits traits(ModelFolder folder) {
        Configuration config = folder.checkpoint().config();
        OptionalInt block = block(config);
        Optional<Traits.Resizing> resizing = resizing(folder.checkpoint());
        Traits.Decoding usual = resizing.isPresent() ? RESIZING : within(block);
        return new Traits(Traits.Noise.MASK, attention, block, shift(config), false, usual, resizing);
    }

    /** The tokens by which a checkpoint of Dream's architecture is DreamOn. */
    private static Optional<Traits.Resizing> resizing(Checkpoint checkpoint) {
        int vocabulary = checkpoint.config().integer("vocab_size", 1, 1 << 24);
        return Stream.of(checkpoint.config(), checkpoint.generation())
                .filter(config -> config.has("expand_token_id"))
                .findFirst()
                .map(config -> new Traits.Resizing(
                        config.integer("expand_token_id", 0, vocabulary - 1),
                        config.integer(
                                config.has("delete_token_id") ? "delete_token_id" : "eos_token_id",
                                0,
                                vocabulary - 1)));
    }

    /** No more is denoised together than sees itself. */
    private Traits.Decoding within(OptionalInt block) {
        int usual = decoding.blockLength().orElse(Integer.MAX_VALUE);
        return block.isPresent() ? decoding.withBlockLength(Math.min(usual, block.getAsInt())) : decoding;
    }

    /** GGUF files say it themselves. */
    private int shift(Configuration config) {
        return config.flag("shift_logits", shift == 1) ? 1 : 0;
    }

    /** The blocks of the checkpoint, which may be others than the family's usual ones. */
    private OptionalInt block(Configuration config) {
        if (attention != Traits.Attention.BLOCK_CAUSAL) {
            return OptionalInt.empty();
        }
        String key = config.has("bd_size") ? "bd_size" : "block_size"; // Fast-dLLM v2 has its own word
        return OptionalInt.of(config.integer(key, 1, 1 << 20, usualBlock));
    }

    @Override
    public Network load(ModelFolder folder, Precision precision) {
        Checkpoint checkpoint = folder.checkpoint();
        CanvasNetwork network = PublishedModel.load(checkpoint, this, precision).network();
        int maskId = maskId(checkpoint);
        OptionalInt block = block(checkpoint.config());
        int shifted = shift(checkpoint.config());
        return () -> new Suppressing(
                block.isPresent()
                        ? new BlockCausalDenoiser(network, maskId, block.getAsInt(), shifted)
                        : new CanvasDenoiser(network, maskId, shifted),
                Set.of(maskId));
    }

    private int maskId(Checkpoint checkpoint) {
        Configuration config = checkpoint.config();
        int vocabulary = config.integer("vocab_size", 1, 1 << 24);
        if (config.has("mask_token_id")) {
            return config.integer("mask_token_id", 0, vocabulary - 1);
        }
        if (types.stream().anyMatch(Set.of("mdlm", "bd3lm", "ar_dit")::contains)) {
            return vocabulary - 1;
        }
        try (Tokenizer tokenizer = checkpoint.tokenizer()) {
            return MASKS.stream()
                    .map(tokenizer::id)
                    .filter(OptionalInt::isPresent)
                    .findFirst()
                    .orElseThrow(() -> new InvalidFileException(
                            config.file(),
                            "has no 'mask_token_id', and the tokenizer has none of " + String.join(", ", MASKS)))
                    .getAsInt();
        }
    }

    Traits traits() {
        OptionalInt block =
                attention == Traits.Attention.BLOCK_CAUSAL ? OptionalInt.of(usualBlock) : OptionalInt.empty();
        return new Traits(Traits.Noise.MASK, attention, block, shift, false, decoding, Optional.empty());
    }

    boolean reads(Configuration config) {
        return types.contains(config.text("model_type")) && (architectures.isEmpty() || names(config));
    }

    private boolean names(Configuration config) {
        for (var architecture : config.json().path("architectures")) {
            if (architectures.contains(architecture.asText())) {
                return true;
            }
        }
        return false;
    }
}
