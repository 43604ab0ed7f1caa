package io.palimpsest.training.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.adapter.AdapterCard;
import io.palimpsest.training.evaluation.Evaluation;
import io.palimpsest.training.evaluation.EvaluationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptationTest {

    private static final String RECIPE = """
            base: base
            output: out
            seed: 7
            threads: 1
            held_out: 0.2
            self_text:
              prompts: prompts.jsonl
              quotas: {math: 12}
              most_words: 60
              template_rounds: 0
              temperatures: [0.5, 1.0]
              top_p: 0.95
              answer_tokens: 12
              batch: 4
            plain_text:
              - {file: book.txt, examples: 30, tokens: 40}
            examples: []
            adapter: {rank: 2, alpha: 4, entry_layer: 1, sampler_hidden: 8, continuous_state: true, from: ""}
            objective:
              block_lengths: [4, 8]
              fully_hidden: 0.4
              right_context: 0.15
              soft: 1.0
              tilings: 1
              teacher_tokens: 4
              stated: 0.5
            training:
              steps: 6
              batch: 2
              accumulate: 1
              longest: 64
              learning_rate: {peak: 1.0e-3, warm_up: 2, plateau: 0.5, decay: linear, floor: 0}
              weight_decay: 0.01
              clip: 1.0
              checkpoint_minutes: 1
              report_every: 2
              snapshot_every: 3
              measure_every: 3
            smoothing: {alphas: [0.5]}
            evaluate: none
            """;

    @TempDir
    private Path folder;

    @Test
    void a_recipe_makes_a_model_folder_once_and_evaluate_measures_it() throws IOException {
        Path recipe = prepared(RECIPE);
        List<String> lines = new ArrayList<>();
        Adaptation.Result result = Adaptation.run(recipe, lines::add);
        assertThat(result.model())
                .isDirectoryContaining("glob:**/adapter_model.safetensors")
                .isDirectoryContaining("glob:**/smoothing.safetensors")
                .isDirectoryContaining("glob:**/model.safetensors");
        assertThat(result.report()).isNotEmptyFile();
        Path answers = folder.resolve("out/text/answers.jsonl");
        FileTime written = Files.getLastModifiedTime(folder.resolve("out/text/passages.ids"));
        List<String> before = Files.readAllLines(answers);
        byte[] adapter = Files.readAllBytes(result.model().resolve("adapter_model.safetensors"));

        lines.clear();
        Adaptation.run(recipe, lines::add);
        assertThat(lines).contains("Resumed after step 6.");
        assertThat(Files.readAllLines(answers)).isEqualTo(before);
        assertThat(Files.getLastModifiedTime(folder.resolve("out/text/passages.ids")))
                .isEqualTo(written);
        assertThat(Files.readAllBytes(result.model().resolve("adapter_model.safetensors")))
                .isEqualTo(adapter);

        EvaluationReport report = evaluated(result.model());
        assertThat(report.fidelity().verifiedIdentical())
                .isEqualTo(report.fidelity().verifiedPrompts());
        assertThat(report.offsets().accuracy()).hasSize(9).allMatch(share -> share >= 0 && share <= 1);
        assertThat(report.infilling().gaps()).isPositive();
        assertThat(report.decoding())
                .extracting(EvaluationReport.Decoding::mode)
                .containsExactly(
                        "base",
                        "verified",
                        "typical",
                        "unverified",
                        "no state",
                        "base",
                        "verified",
                        "typical",
                        "unverified",
                        "no state");
        assertThat(folder.resolve("out/snapshots/3")).isDirectoryContaining("glob:**/adapter_model.safetensors");
        assertThat(folder.resolve("out/snapshots/6")).isDirectoryContaining("glob:**/adapter_config.json");
        assertThat(report.decoding()).allSatisfy(d -> {
            assertThat(d.tokensPerForward()).isGreaterThanOrEqualTo(1);
            assertThat(d.tokensPerForwardError()).isBetween(0.0, 1.0);
            assertThat(d.perplexity()).isGreaterThan(1);
            assertThat(d.perplexityRatioError()).isNotNegative().isFinite();
            assertThat(d.distinct2()).isBetween(0.0, 1.0);
        });
        assertThat(report.toMap()).containsKeys("offsets", "fidelity", "decoding", "infilling");
        assertThat(String.join("\n", report.table())).contains("tokens/s", "unverified");
    }

    @Test
    void an_adapter_may_start_from_another_and_counts_what_that_has_learnt() throws IOException {
        Path first = Adaptation.run(prepared(RECIPE), line -> {}).model();
        Path recipe = folder.resolve("further.yaml");
        Files.writeString(
                recipe,
                RECIPE.replace("output: out", "output: further")
                        .replace("sampler_hidden: 8", "sampler_hidden: 12")
                        .replace("from: \"\"", "from: out/model"));
        Path second = Adaptation.run(recipe, line -> {}).model();
        assertThat(AdapterCard.targets(first)).isPositive();
        assertThat(AdapterCard.targets(second)).isEqualTo(2 * AdapterCard.targets(first));
    }

    private static EvaluationReport evaluated(Path model) {
        try (ModelFolder folder = ModelFolder.open(model)) {
            return Evaluation.run(folder, Options.defaults().threads(1), Evaluation.Settings.of(true, 1), line -> {});
        }
    }

    @Test
    void a_wrong_key_is_named_with_its_line() throws IOException {
        Path recipe = prepared(RECIPE.replace("  clip: 1.0\n", "  clip: 1.0\n  stepz: 6\n"));
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Recipe.read(recipe))
                .withMessageContaining("recipe.yaml")
                .withMessageContaining("stepz");
    }

    @Test
    void a_missing_key_is_named() throws IOException {
        Path recipe = prepared(RECIPE.replace("threads: 1\n", ""));
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Recipe.read(recipe))
                .withMessageContaining("threads");
    }

    private Path prepared(String recipe) throws IOException {
        TinyFolder.write(folder.resolve("base"));
        String prompts = IntStream.range(0, 12)
                .mapToObj(i -> "{\"prompt\": \"ab " + (char) ('c' + i) + " cab\", \"kind\": \"math\"}\n")
                .reduce("", String::concat);
        Files.writeString(folder.resolve("prompts.jsonl"), prompts);
        String book = IntStream.range(0, 60)
                .mapToObj(i -> "the cat and the dog ran to the farm of " + (char) ('a' + i % 20) + " again and again")
                .reduce("", (a, b) -> a + "\n\n" + b);
        Files.writeString(folder.resolve("book.txt"), book);
        return Files.writeString(folder.resolve("recipe.yaml"), recipe);
    }
}
