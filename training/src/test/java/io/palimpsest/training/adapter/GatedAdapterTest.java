package io.palimpsest.training.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatedAdapterTest {

    private static final AdapterCard CARD = new AdapterCard("tiny", "abc", List.of(4, 8), 1000);

    @TempDir
    private Path folder;

    private final Llama base = TinyLlama.random(1);

    @Test
    void what_is_saved_is_read_back_for_further_training() {
        GatedAdapter adapter = randomised(GatedAdapter.fresh(base, 3, 6, 1, 7, true, DType.F32, Seed.of(1)));
        adapter.save(folder, CARD);
        GatedAdapter loaded = GatedAdapter.load(base, folder, DType.F32);
        assertThat(loaded.rank()).isEqualTo(3);
        assertThat(loaded.scale()).isEqualTo(2);
        assertThat(loaded.model().entry()).isEqualTo(1);
        assertThat(loaded.parameters().keySet()).isEqualTo(adapter.parameters().keySet());
        try (Scope memory = Scope.inference()) {
            adapter.parameters().forEach((name, expected) -> {
                Tensor found = loaded.parameters().getOrDefault(name, expected);
                assertThat(found.requiresGrad()).isTrue();
                double error = found.sub(expected).abs().amax(-1, false).sum().item();
                assertThat(error).as(name).isPositive().isCloseTo(0, within(0.5)); // bf16: eight bits of fraction
                assertThat(found.toFloats()).isEqualTo(expected.to(DType.BF16).toFloats());
            });
        }
    }

    @Test
    void the_files_are_what_peft_writes_for_lora() throws IOException {
        GatedAdapter.fresh(base, 3, 6, 1, 0, false, DType.F32, Seed.of(1)).save(folder, CARD);
        String config = Files.readString(folder.resolve("adapter_config.json"));
        assertThat(config)
                .contains("\"peft_type\" : \"LORA\"", "\"r\" : 3", "\"lora_alpha\" : 6.0", "\"q_proj\"")
                .contains("\"entry_layer\" : 1", "\"base_sha256\" : \"abc\"", "\"trained_targets\" : 1000");
        try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            assertThat(file.names())
                    .contains("mask_embedding", "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight")
                    .contains("base_model.model.model.layers.1.mlp.up_proj.lora_B.weight")
                    .noneMatch(name -> name.contains("layers.0."));
            assertThat(file.info("base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight")
                            .shape())
                    .containsExactly(16, 3);
        }
    }

    @Test
    void an_adapter_of_another_model_is_refused_by_name() {
        GatedAdapter.fresh(base, 3, 6, 1, 0, false, DType.F32, Seed.of(1)).save(folder, CARD);
        Path file = folder.resolve("adapter_config.json");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> {
                    Files.writeString(file, Files.readString(file).replace("\"r\" : 3", "\"r\" : 5"));
                    GatedAdapter.load(base, folder, DType.F32);
                })
                .withMessageContaining("adapter_model.safetensors")
                .withMessageContaining("has shape [3, 32]");
    }

    @Test
    void a_wider_sampler_head_begins_with_what_the_narrower_one_has_learnt() {
        GatedAdapter narrow = randomised(GatedAdapter.fresh(base, 3, 6, 1, 7, true, DType.F32, Seed.of(1)));
        GatedAdapter wide = GatedAdapter.fresh(base, 3, 6, 1, 12, true, DType.F32, Seed.of(2));
        wide.start(narrow);
        try (Scope memory = Scope.inference()) {
            Tensor state = Tensor.randn(Seed.of(3), 4, base.config().dim());
            Tensor expected = narrow.model().given(state, 0, 1, 2, 3);
            Tensor found = wide.model().given(state, 0, 1, 2, 3);
            assertThat(found.sub(expected).abs().amax(-1, false).sum().item()).isCloseTo(0, within(1e-3));
            Tensor unlike = base.logits(state);
            assertThat(found.sub(unlike).abs().amax(-1, false).sum().item()).isGreaterThan(1);
        }
    }

    @Test
    void an_adapter_cannot_start_from_one_of_another_rank_or_with_a_wider_head() {
        GatedAdapter adapter = GatedAdapter.fresh(base, 3, 6, 1, 7, true, DType.F32, Seed.of(1));
        GatedAdapter rank = GatedAdapter.fresh(base, 2, 6, 1, 7, true, DType.F32, Seed.of(1));
        GatedAdapter head = GatedAdapter.fresh(base, 3, 6, 1, 8, true, DType.F32, Seed.of(1));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> adapter.start(rank))
                .withMessageContaining("of shape [2, 32]; this one has [3, 32]");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> adapter.start(head))
                .withMessageContaining("sampler_head.in.weight of shape [8, 64]; this one has [7, 64]");
    }

    private static GatedAdapter randomised(GatedAdapter adapter) {
        adapter.parameters().forEach((name, p) -> {
            try (Scope memory = Scope.inference()) {
                p.copy_(Tensor.randn(Seed.of(name.hashCode()), p.shape()));
            }
        });
        return adapter;
    }
}
