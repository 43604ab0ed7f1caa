package io.palimpsest.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.model.architecture.Bert;
import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.architecture.Llada;
import io.palimpsest.model.architecture.Llada2Moe;
import io.palimpsest.model.architecture.LladaMoe;
import io.palimpsest.model.architecture.ModernBert;
import io.palimpsest.model.architecture.Qwen;
import io.palimpsest.model.architecture.QwenMoe;
import io.palimpsest.model.architecture.Transformer;
import io.palimpsest.model.layer.Activation;
import io.palimpsest.model.layer.Loader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Every published family there is code for, and how its {@code config.json} is read. */
final class PublishedFamilies {

    private static final Traits.Attention ALL = Traits.Attention.BIDIRECTIONAL;
    private static final Traits.Attention BLOCKS = Traits.Attention.BLOCK_CAUSAL;
    private static final int LARGE = 1 << 24;

    /** The more particular first: LLaDA-MoE has LLaDA's type in some of its configurations. */
    static final List<PublishedFamily> LIST = List.of(
            new PublishedFamily(
                    "LLaDA-MoE",
                    Set.of("llada", "lladamoe", "llada_moe"),
                    Set.of("LLaDAMoEModelLM"),
                    ALL,
                    1,
                    0,
                    Traits.Decoding.of(Strategy.LOW_CONFIDENCE, 32),
                    PublishedFamilies::lladaMoe),
            all("LLaDA", Set.of("llada"), Traits.Decoding.of(Strategy.LOW_CONFIDENCE, 32), PublishedFamilies::llada),
            all("MMaDA", Set.of("mmada"), Traits.Decoding.of(Strategy.LOW_CONFIDENCE, 32), PublishedFamilies::llada),
            new PublishedFamily(
                    "Dream",
                    Set.of("Dream", "dream"),
                    Set.of(),
                    ALL,
                    1,
                    1,
                    Traits.Decoding.of(Strategy.ENTROPY).drawing(0.2, 0.95),
                    PublishedFamilies::qwen2),
            blocks("SDAR", Set.of("sdar"), 4, 0, sdarDecoding(), PublishedFamilies::qwen3),
            blocks("SDAR-MoE", Set.of("sdar_moe"), 4, 0, sdarDecoding(), PublishedFamilies::qwen3Moe),
            blocks(
                    "LLaDA2",
                    Set.of("llada2_moe"),
                    32,
                    0,
                    Traits.Decoding.of(Strategy.LOW_CONFIDENCE_DYNAMIC, 32).withThreshold(0.95),
                    PublishedFamilies::llada2),
            blocks(
                    "Fast-dLLM v2",
                    Set.of("Fast_dLLM_Qwen", "fast_dllm_qwen"),
                    32,
                    1,
                    Traits.Decoding.of(Strategy.FAST_DLLM_V2, 8).drawing(0, 0.95),
                    PublishedFamilies::qwen2),
            all("A2D Qwen3", Set.of("a2d-qwen3"), Traits.Decoding.of(Strategy.DLLM), PublishedFamilies::qwen3),
            all("A2D", Set.of("a2d-qwen2", "a2d-llama"), Traits.Decoding.of(Strategy.DLLM), PublishedFamilies::qwen2),
            all(
                    "MDLM",
                    Set.of("mdlm"),
                    Traits.Decoding.of(Strategy.ANCESTRAL).withSteps(1000).drawing(1, 0.9),
                    PublishedFamilies::mdlm),
            blocks(
                    "BD3-LM",
                    Set.of("bd3lm"),
                    4,
                    0,
                    Traits.Decoding.of(Strategy.FIRST_HITTING).drawing(1, 0.9),
                    PublishedFamilies::bd3lm),
            blocks(
                    "Autoregressive DiT",
                    Set.of("ar_dit"),
                    1,
                    1,
                    Traits.Decoding.of(Strategy.SEQUENTIAL, 1).drawing(1, 0.9),
                    PublishedFamilies::mdlm),
            all("BERT", Set.of("bert"), Traits.Decoding.of(Strategy.DLLM, 32), PublishedFamilies::bert),
            all("RoBERTa", Set.of("roberta"), Traits.Decoding.of(Strategy.DLLM, 32), PublishedFamilies::roberta),
            all(
                    "ModernBERT",
                    Set.of("modernbert"),
                    Traits.Decoding.of(Strategy.DLLM, 32),
                    PublishedFamilies::modernBert));

    private PublishedFamilies() {}

    private static PublishedFamily all(
            String name, Set<String> types, Traits.Decoding decoding, PublishedFamily.Reader reader) {
        return new PublishedFamily(name, types, Set.of(), ALL, 1, 0, decoding, reader);
    }

    private static PublishedFamily blocks(
            String name,
            Set<String> types,
            int block,
            int shift,
            Traits.Decoding decoding,
            PublishedFamily.Reader reader) {
        return new PublishedFamily(name, types, Set.of(), BLOCKS, block, shift, decoding, reader);
    }

    private static Traits.Decoding sdarDecoding() {
        return Traits.Decoding.of(Strategy.LOW_CONFIDENCE_DYNAMIC)
                .withThreshold(0.9)
                .drawing(1, 1);
    }

    static Optional<PublishedFamily> of(Configuration config) {
        return LIST.stream().filter(family -> family.reads(config)).findFirst();
    }

    private static CanvasNetwork llada(Configuration c, Loader loader) {
        c.require("layer_norm_type", "rms");
        c.require("activation_type", "silu", "swiglu");
        c.require("block_type", "llama");
        c.require("rope", "true");
        c.require("alibi", "false");
        c.require("attention_layer_norm", "false");
        c.require("input_emb_norm", "false");
        c.require("scale_logits", "false");
        requireUnscaled(c);
        int dim = c.integer("d_model", 1, 1 << 20);
        int heads = c.integer("n_heads", 1, 1024);
        int headDim = dim / heads;
        Transformer.Config body = new Transformer.Config(
                c.integer("n_layers", 1, 4096),
                dim,
                heads,
                kvHeads(c, "n_kv_heads", heads),
                headDim,
                even(c, "d_model / n_heads", headDim),
                c.integer("embedding_size", 1, LARGE, c.integer("vocab_size", 1, LARGE)),
                c.positive("rope_theta", 10000),
                c.positive("rms_norm_eps", 1e-5));
        int hidden = c.integer("mlp_hidden_size", 1, 1 << 22, dim * c.integer("mlp_ratio", 1, 64, 4));
        return Llada.load(loader, body, hidden, c.flag("weight_tying", false));
    }

    private static CanvasNetwork qwen2(Configuration c, Loader loader) {
        return qwen(c, loader, false);
    }

    private static CanvasNetwork qwen3(Configuration c, Loader loader) {
        return qwen(c, loader, true);
    }

    private static CanvasNetwork qwen(Configuration c, Loader loader, boolean headNorms) {
        c.require("hidden_act", "silu");
        c.require("use_sliding_window", "false");
        return Qwen.load(
                loader,
                body(c, 1),
                c.integer("intermediate_size", 1, 1 << 22),
                headNorms,
                c.flag("tie_word_embeddings", false));
    }

    private static CanvasNetwork qwen3Moe(Configuration c, Loader loader) {
        c.require("hidden_act", "silu");
        c.require("use_sliding_window", "false");
        int experts = c.integer("num_experts", 1, 65536);
        int step = c.integer("decoder_sparse_step", 1, 4096, 1);
        Set<Integer> dense = c.integers("mlp_only_layers");
        return QwenMoe.load(
                loader,
                new QwenMoe.Config(
                        body(c, 1),
                        layer -> !dense.contains(layer) && (layer + 1) % step == 0,
                        c.integer("intermediate_size", 1, 1 << 22),
                        c.integer("moe_intermediate_size", 1, 1 << 22),
                        experts,
                        c.integer("num_experts_per_tok", 1, experts),
                        c.flag("norm_topk_prob", false),
                        c.flag("tie_word_embeddings", false)));
    }

    /** @param rotary the share of a head's channels that positions turn */
    private static Transformer.Config body(Configuration c, double rotary) {
        requireUnscaled(c);
        int dim = c.integer("hidden_size", 1, 1 << 20);
        int heads = c.integer("num_attention_heads", 1, 1024);
        int headDim = c.integer("head_dim", 2, 4096, dim / heads);
        return new Transformer.Config(
                c.integer("num_hidden_layers", 1, 4096),
                dim,
                heads,
                kvHeads(c, "num_key_value_heads", heads),
                headDim,
                even(c, "head_dim", (int) (headDim * rotary)),
                c.integer("vocab_size", 1, LARGE),
                c.positive("rope_theta", 10000),
                c.positive("rms_norm_eps", 1e-6));
    }

    private static CanvasNetwork lladaMoe(Configuration c, Loader loader) {
        c.require("hidden_act", "silu");
        c.require("moe_router_score_function", "softmax");
        int layers = c.integer("num_hidden_layers", 1, 4096);
        int expertHidden = c.integer("expert_intermediate_size", 1, 1 << 22);
        LladaMoe.Config config = new LladaMoe.Config(
                body(c, c.positive("partial_rotary_factor", 1)),
                sparse(c, layers),
                c.integer("dense_intermediate_size", 1, 1 << 22, expertHidden),
                expertHidden,
                c.integer("shared_expert_intermediate_size", 0, 1 << 22, 0),
                c.integer("num_experts", 1, 65536),
                c.integer("num_experts_per_tok", 1, 65536),
                c.flag("qk_layernorm", true),
                c.flag("tie_word_embeddings", false));
        if (config.chosen() > config.experts()) {
            throw c.wrong("num_experts_per_tok", "at most num_experts (" + config.experts() + ")", config.chosen());
        }
        return LladaMoe.load(loader, config);
    }

    private static List<Boolean> sparse(Configuration c, int layers) {
        List<Boolean> sparse = new ArrayList<>();
        JsonNode frequency = c.json().path("moe_layer_freq");
        for (int i = 0; i < layers; i++) {
            sparse.add(!frequency.isArray() || frequency.path(i).asInt(1) != 0);
        }
        return sparse;
    }

    private static CanvasNetwork llada2(Configuration c, Loader loader) {
        c.require("hidden_act", "silu");
        c.require("score_function", "sigmoid");
        c.require("use_sliding_window", "false");
        int expertHidden = c.integer("moe_intermediate_size", 1, 1 << 22);
        int experts = c.integer("num_experts", 1, 65536);
        int groups = c.integer("n_group", 1, experts, 1);
        Llada2Moe.Routing routing = new Llada2Moe.Routing(
                experts,
                c.integer("num_experts_per_tok", 1, experts),
                groups,
                c.integer("topk_group", 1, groups, groups),
                c.flag("norm_topk_prob", true),
                c.positive("routed_scaling_factor", 1));
        if (experts % groups != 0) {
            throw c.wrong("n_group", "a divisor of num_experts (" + experts + ")", groups);
        }
        return Llada2Moe.load(
                loader,
                new Llada2Moe.Config(
                        body(c, c.positive("partial_rotary_factor", 1)),
                        c.integer("first_k_dense_replace", 0, 4096, 0),
                        c.integer("intermediate_size", 1, 1 << 22),
                        expertHidden,
                        (long) expertHidden * c.integer("num_shared_experts", 0, 64, 0),
                        routing,
                        c.flag("use_qk_norm", true),
                        c.flag("tie_word_embeddings", false)));
    }

    private static CanvasNetwork mdlm(Configuration c, Loader loader) {
        return dit(c, loader, c.flag("adaln", true));
    }

    private static CanvasNetwork bd3lm(Configuration c, Loader loader) {
        c.require("causal", "false");
        return dit(c, loader, c.flag("adaln", true));
    }

    private static CanvasNetwork dit(Configuration c, Loader loader, boolean adaptive) {
        int dim = c.integer("hidden_dim", 1, 1 << 20);
        int heads = c.integer("n_heads", 1, 1024);
        even(c, "hidden_dim / n_heads", dim / heads);
        return Dit.load(
                loader,
                new Dit.Config(
                        c.integer("n_blocks", 1, 4096),
                        dim,
                        heads,
                        c.integer("cond_dim", 1, 1 << 20, 128),
                        c.integer("vocab_size", 1, LARGE),
                        adaptive,
                        c.flag("time_conditioning", false)));
    }

    private static CanvasNetwork bert(Configuration c, Loader loader) {
        return Bert.load(loader, bertConfig(c));
    }

    private static CanvasNetwork roberta(Configuration c, Loader loader) {
        return Bert.loadRoberta(loader, bertConfig(c), c.integer("pad_token_id", 0, LARGE, 1));
    }

    private static Bert.Config bertConfig(Configuration c) {
        c.require("position_embedding_type", "absolute");
        return new Bert.Config(
                c.integer("num_hidden_layers", 1, 4096),
                c.integer("hidden_size", 1, 1 << 20),
                c.integer("intermediate_size", 1, 1 << 22),
                c.integer("num_attention_heads", 1, 1024),
                c.integer("vocab_size", 1, LARGE),
                c.integer("max_position_embeddings", 1, LARGE),
                c.integer("type_vocab_size", 1, 1024, 2),
                c.positive("layer_norm_eps", 1e-12),
                activation(c, "hidden_act"));
    }

    private static CanvasNetwork modernBert(Configuration c, Loader loader) {
        return ModernBert.load(
                loader,
                new ModernBert.Config(
                        c.integer("num_hidden_layers", 1, 4096),
                        c.integer("hidden_size", 1, 1 << 20),
                        c.integer("intermediate_size", 1, 1 << 22),
                        c.integer("num_attention_heads", 1, 1024),
                        c.integer("vocab_size", 1, LARGE),
                        c.integer("global_attn_every_n_layers", 1, 4096, 3),
                        c.integer("local_attention", 1, LARGE, 128),
                        c.positive("global_rope_theta", 160000),
                        c.positive("local_rope_theta", 10000),
                        c.positive("norm_eps", 1e-5),
                        activation(c, "hidden_activation"),
                        activation(c, "classifier_activation")));
    }

    private static Activation activation(Configuration c, String key) {
        String name = c.has(key) ? c.text(key) : "gelu";
        return switch (name) {
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            default -> throw c.wrong(key, "gelu, gelu_new, relu or silu", name);
        };
    }

    private static int kvHeads(Configuration c, String key, int heads) {
        int found = c.integer(key, 1, heads, heads);
        if (heads % found != 0) {
            throw c.wrong(key, "a divisor of the number of heads (" + heads + ")", found);
        }
        return found;
    }

    private static int even(Configuration c, String key, int value) {
        if (value < 2 || value % 2 != 0) {
            throw c.wrong(key, "even and at least 2", value);
        }
        return value;
    }

    private static void requireUnscaled(Configuration c) {
        if (c.has("rope_scaling")) {
            throw c.wrong(
                    "rope_scaling",
                    "absent: scaled rotary positions are not supported",
                    c.json().get("rope_scaling"));
        }
    }
}
