package io.palimpsest.training.adapter;

import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.architecture.SamplerHead;
import io.palimpsest.model.architecture.SoftMask;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The trainable part of a {@link GatedLlama}: LoRA on every linear map from the entry layer on, the embedding of a
 * hidden position and, where asked for, the head that makes drafts depend on each other.
 *
 * <p>A map that reads one input for several outputs (queries, keys and values; gate and up) has one pair of low-rank factors,
 * whose first is shared; {@link #tensors} names them once for each projection, as PEFT does.
 *
 * @param model the gated model over the frozen base, with these parameters inside
 * @param parameters every trainable tensor by its name
 */
public record GatedAdapter(GatedLlama model, Map<String, Tensor> parameters, int rank, double scale) {

    static final String SAMPLER = "sampler_head";
    static final String STATE = "soft_mask.gate";
    private static final double MASK_STD = 0.02;

    /**
     * A fresh adapter, which changes nothing yet: the second factor of each pair is zero.
     *
     * @param rank the rank of each pair
     * @param alpha the pair's product is scaled by alpha / rank
     * @param entry the first layer that canvas rows pass
     * @param samplerHidden the width of the {@link SamplerHead}; 0 for none
     * @param stated whether hidden positions have a {@link SoftMask continuous state}
     * @param compute the type low-rank products are computed in; the parameters themselves are fp32
     */
    public static GatedAdapter fresh(
            Llama base,
            int rank,
            double alpha,
            int entry,
            int samplerHidden,
            boolean stated,
            DType compute,
            Seed seed) {
        Builder builder = new Builder(rank, alpha / rank, compute, seed);
        List<Llama.Block> blocks = new ArrayList<>();
        for (int i = 0; i < base.blocks().size(); i++) {
            Llama.Block block = base.blocks().get(i);
            blocks.add(i < entry ? block : builder.adapt("model.layers." + i, block));
        }
        Tensor mask = builder.parameter(
                "mask_embedding",
                () -> meanEmbedding(base)
                        .add(Tensor.randn(seed.child(0), base.config().dim()).mul(MASK_STD)));
        Llama adapted = new Llama(base.config(), base.embedding(), blocks, base.norm(), base.head(), base.rope());
        Optional<SamplerHead> sampler = samplerHidden == 0
                ? Optional.empty()
                : Optional.of(builder.sampler(base.config().dim(), samplerHidden));
        Optional<SoftMask> state = stated
                ? Optional.of(new SoftMask(builder.parameter(
                        STATE, () -> Tensor.zeros(base.config().dim()))))
                : Optional.empty();
        return new GatedAdapter(
                new GatedLlama(adapted, mask, entry, sampler, state), builder.parameters, rank, alpha / rank);
    }

    private static Tensor meanEmbedding(Llama base) { // (C)
        return base.embedding().toFloat().mean(0, false);
    }

    /** The parameters under PEFT's names, shared factors repeated for each projection. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> out = new LinkedHashMap<>();
        parameters.forEach(
                (name, tensor) -> Projections.expand(name, tensor, model.body().config(), out));
        return out;
    }

    /** Writes {@code adapter_model.safetensors} and {@code adapter_config.json} into {@code folder}. */
    public void save(Path folder, AdapterCard card) {
        new AdapterFolder(folder).write(this, card);
    }

    /** The adapter that {@link #save} wrote, ready for further training. */
    public static GatedAdapter load(Llama base, Path folder, DType compute) {
        return new AdapterFolder(folder).read(base, compute);
    }

    /**
     * Takes over what {@code other}, of the same shapes, has learnt; what only this one has stays as it is. A narrower
     * {@link SamplerHead} may grow: the neurons it lacks begin with no effect (Net2Net, arXiv:1511.05641).
     */
    public void start(GatedAdapter other) {
        try (Scope memory = Scope.inference()) {
            other.parameters.forEach((name, tensor) -> {
                Tensor own = parameters.get(name);
                if (own == null || !fits(name, tensor.shape(), own.shape())) {
                    throw new IllegalArgumentException("the adapter to start from has " + name + " of shape "
                            + Arrays.toString(tensor.shape()) + "; this one has "
                            + (own == null ? "none" : Arrays.toString(own.shape())));
                }
                corner(own, tensor.shape()).copy_(tensor);
            });
        }
    }

    private static boolean fits(String name, long[] shape, long[] own) {
        boolean smaller =
                shape.length == own.length && IntStream.range(0, own.length).allMatch(i -> shape[i] <= own[i]);
        return Arrays.equals(shape, own) || (name.startsWith(SAMPLER) && smaller);
    }

    /** The first entries of every dimension. */
    private static Tensor corner(Tensor tensor, long[] shape) {
        Tensor part = tensor;
        for (int i = 0; i < shape.length; i++) {
            part = part.narrow(i, 0, shape[i]);
        }
        return part;
    }

    private static final class Builder {
        private final Map<String, Tensor> parameters = new LinkedHashMap<>();
        private final int rank;
        private final double scale;
        private final DType compute;
        private final Seed seed;

        Builder(int rank, double scale, DType compute, Seed seed) {
            this.compute = compute;
            this.rank = rank;
            this.scale = scale;
            this.seed = seed;
        }

        Llama.Block adapt(String name, Llama.Block block) {
            Llama.Attention a = block.attention();
            Llama.Mlp m = block.mlp();
            long dim = block.norm1().weight().size(0);
            long heads = (long) a.heads() * a.headDim();
            long kv = (long) a.kvHeads() * a.headDim();
            return new Llama.Block(
                    block.norm1(),
                    new Llama.Attention(
                            pair(name + ".self_attn.qkv_proj", a.qkv(), dim, heads + 2 * kv),
                            pair(name + ".self_attn.o_proj", a.output(), heads, dim),
                            a.heads(),
                            a.kvHeads(),
                            a.headDim()),
                    block.norm2(),
                    new Llama.Mlp(
                            pair(name + ".mlp.gate_up_proj", m.gateUp(), dim, 2 * m.hidden()),
                            pair(name + ".mlp.down_proj", m.down(), m.hidden(), dim),
                            m.hidden()));
        }

        private Linear pair(String name, Linear base, long in, long out) {
            double bound = Math.sqrt(1.0 / in); // Kaiming uniform with a = sqrt(5), as PEFT initialises A
            Seed own = seed.child(1L + parameters.size());
            Tensor a = parameter(
                    name + ".lora_A.weight",
                    () -> Tensor.rand(own, rank, in).mul(2).sub(1).mul(bound));
            Tensor b = parameter(name + ".lora_B.weight", () -> Tensor.zeros(out, rank));
            return new Linear.LowRank(base, new Linear.Master(a, compute), new Linear.Master(b, compute), scale);
        }

        /** Its second map is zero: at first it changes nothing. */
        SamplerHead sampler(long dim, long hidden) {
            double bound = Math.sqrt(1.0 / dim);
            Tensor in = parameter(
                    SAMPLER + ".in.weight",
                    () -> Tensor.rand(seed.child(1L + parameters.size()), hidden, 2 * dim)
                            .mul(2)
                            .sub(1)
                            .mul(bound));
            Tensor out = parameter(SAMPLER + ".out.weight", () -> Tensor.zeros(dim, hidden));
            return new SamplerHead(new Linear.Master(in, compute), new Linear.Master(out, compute));
        }

        Tensor parameter(String name, java.util.function.Supplier<Tensor> initial) {
            Tensor tensor = Scope.keeping(initial).requireGrad();
            parameters.put(name, tensor);
            return tensor;
        }
    }
}
