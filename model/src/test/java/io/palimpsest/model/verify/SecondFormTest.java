package io.palimpsest.model.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one form records is told in the other: both must come to the same. */
class SecondFormTest {

    @TempDir
    private Path scratch;

    @ParameterizedTest
    @CsvSource({
        "mdlm/no_time, nelbo_0, nelbo, token_loss mean_loss",
        "mdlm/no_time, nelbo_1, nelbo_mc, token_loss mean_loss sigma dsigma move_chance",
        "bd3lm/block4, block_nelbo, nelbo, token_loss",
        "bd3lm/block4, train_logits, logits_train_mode, logits",
        "bd3lm/block4, sample_logits_16, logits_sample_mode, logits",
        "llada/dense_mha, loglik_cfg_0p7, loglikelihood, log_likelihood",
        "llada/dense_mha, logits_left_padded, logits, logits",
        "llada/dense_mha, gen_blocks_fast, generate, output_ids",
        "dream/gqa_untied, gen_batch_left_padded, generate, output_ids",
        "dream/gqa_untied, gen_block_dual_threshold, generate, output_ids",
        "sdar/gqa, gen_dynamic_0p7_stop, generate, output_ids",
        "fastdllm_v2/gqa, gen_stop, generate, output_ids",
        "llada2_moe/mini_bf16_sharded, gen_eos_stop, generate, output_ids",
        "llada_moe/moe_mixed_bf16, gen_cfg, generate, output_ids",
        "bert/relu_bf16, logits_padded, logits, logits"
    })
    void a_test_of_the_first_form_passes_in_the_second(String fixture, String name, String kind, String outputs)
            throws IOException {
        List<TestResult> results = Verification.run(
                new Retold(scratch).as(fixture, name, kind, Set.of(outputs.split(" ")), told -> {}), r -> {});
        assertThat(results)
                .singleElement()
                .satisfies(r -> assertThat(r.message()).isEmpty());
    }
}
