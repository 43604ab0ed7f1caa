package io.palimpsest.model.folder;

import io.palimpsest.diffusion.denoiser.Suppressing;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.denoiser.BlockCausalDenoiser;
import io.palimpsest.model.denoiser.CanvasDenoiser;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.file.InvalidFileException;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A family of published diffusion language models, as its configuration names it.
 *
 * @param name what people call it
 * @param types the {@code model_type}s its configurations have
 * @param architectures the {@code architectures} that set it apart from others of the same type; empty where nothing must
 * @param attention who sees whom
 * @param shift 1 where the row before a position predicts its token
 * @param decoding the settings it works with
 * @param reader makes its network
 */
record PublishedFamily(
        String name,
        Set<String> types,
        Set<String> architectures,
        Traits.Attention attention,
        int shift,
        Traits.Decoding decoding,
        Reader reader)
        implements Family {

    /** What families call the token that stands at hidden positions, where no configuration names its id. */
    private static final List<String> MASKS =
            List.of("<|mdm_mask|>", "<|mask|>", "<|MASK|>", "|<MASK>|", "<MASK>", "[MASK]", "<mask>");

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
        return new Traits(
                Traits.Noise.MASK,
                attention,
                shift(config),
                false,
                attention == Traits.Attention.BLOCK_CAUSAL ? decoding.withBlockLength(block(config)) : decoding);
    }

    /** GGUF files say it themselves. */
    private int shift(Configuration config) {
        return config.flag("shift_logits", shift == 1) ? 1 : 0;
    }

    /** The blocks of the checkpoint, which may be others than the family's usual ones. */
    private int block(Configuration config) {
        return config.integer("block_size", 1, 1 << 20, decoding.blockLength());
    }

    @Override
    public Network load(ModelFolder folder, Precision precision) {
        Checkpoint checkpoint = folder.checkpoint();
        CanvasNetwork network = PublishedModel.load(checkpoint, this, precision).network();
        int maskId = maskId(checkpoint);
        int block = block(checkpoint.config());
        int shifted = shift(checkpoint.config());
        return () -> new Suppressing(
                attention == Traits.Attention.BLOCK_CAUSAL && shifted == 0
                        ? new BlockCausalDenoiser(network, maskId, block)
                        : new CanvasDenoiser(network, maskId, shifted, causalBlock(block), 0),
                Set.of(maskId));
    }

    private OptionalInt causalBlock(int block) {
        return attention == Traits.Attention.BLOCK_CAUSAL ? OptionalInt.of(block) : OptionalInt.empty();
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
        return new Traits(Traits.Noise.MASK, attention, shift, false, decoding);
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
