package io.palimpsest.training.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.model.denoiser.ClassifierGuidance;
import io.palimpsest.model.denoiser.ClassifierGuidance.Wanted;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.folder.TextClassifier;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.benchmark.Benchmark;
import io.palimpsest.training.benchmark.BenchmarkReport;
import io.palimpsest.training.data.LabelledText;
import io.palimpsest.training.scratch.WordVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingRunTest {

    @TempDir
    private static Path folder;

    private static Path model = Path.of("");

    @BeforeAll
    static void train() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String place : List.of("mill", "inn")) {
            for (String area : List.of("river", "centre")) {
                String line = """
                        {"text": "The %s is near the %s.", "tags": ["DET", "NOUN", "AUX", "ADP", "DET", "NOUN", "PUNCT"], \
                        "fields": {"place": "%s", "area": "%s"}, \
                        "spans": [[0, 7, "S"], [0, 2, "NP"], [2, 6, "VP"], [3, 6, "PP"], [4, 6, "NP"]]}
                        """.formatted(place, area, place, area);
                lines.append(line.repeat(7)).append(line.replaceFirst(", \"spans\".*]]", ""));
            }
        }
        Files.writeString(folder.resolve("texts.jsonl"), lines);
        model = EmbeddingRun.run(plan(250, "a"), line -> {}).model();
    }

    private static Path plan(int steps, String out) throws IOException {
        String training = """
                  training:
                    steps: %d
                    batch: 16
                    accumulate: 1
                    learning_rate: {peak: 1.0e-2, warm_up: 5, plateau: 0.5, decay: linear, floor: 0.1}
                    weight_decay: 0.0
                    clip: 1
                    recompute: false
                    average: 0.9
                    checkpoint_minutes: 1
                    report_every: 50
                    measure_every: 50
                """.formatted(steps);
        return Files.writeString(
                folder.resolve("plan-" + out + ".yaml"), """
                kind: continuous
                output: out-%s
                seed: 1
                threads: 1
                model: {name: tiny, layers: 1, dim: 32, heads: 2, channels: 16, compute: fp32}
                data: {training: [texts.jsonl], held_out: [texts.jsonl], length: 12, least_count: 2, held_out_examples: 8}
                noise: {least: 0.3, most: 20}
                self_conditioning: 0.5
                %sclassifier:
                  layers: 1
                  dim: 16
                  heads: 2
                %s""".formatted(out, training.indent(-2), training));
    }

    private static Engine engine() {
        return Engine.open(model, Options.defaults().precision(Precision.FP32));
    }

    @Test
    void a_model_of_noised_embeddings_writes_texts_like_those_it_learnt() {
        try (Engine engine = engine()) {
            for (int seed = 0; seed < 4; seed++) {
                Answer answer = engine.generate(Request.continuing("").seed(seed));
                assertThat(answer.text()).matches("The (mill|inn) is near the (river|centre)\\.");
                assertThat(answer.finish()).isEqualTo(Answer.Finish.STOP);
                assertThat(answer.forwardPasses()).isEqualTo(64);
            }
        }
    }

    @Test
    void a_prompt_is_the_beginning_of_the_text_and_stays() {
        try (Engine engine = engine()) {
            Answer answer = engine.generate(Request.chat("The inn").seed(2));
            assertThat(answer.text()).matches(" is near the (river|centre)\\.");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.generate(
                            Request.chat(List.of(Message.user("a"), Message.assistant("b"), Message.user("c")))))
                    .withMessageContaining("no conversations");
        }
    }

    @Test
    void its_speed_is_measured_as_any_models_is() {
        try (ModelFolder opened = ModelFolder.open(model)) {
            BenchmarkReport report = Benchmark.run(
                    opened,
                    Options.defaults().precision(Precision.FP32),
                    new Benchmark.Settings(true, 1, 0),
                    line -> {});
            assertThat(report.steps())
                    .extracting(BenchmarkReport.Step::positions)
                    .containsExactly(1, 8);
            assertThat(report.writing())
                    .extracting(BenchmarkReport.Writing::mode)
                    .containsExactly("unverified");
        }
    }

    @Test
    void gaps_are_filled_between_words_that_stay() {
        try (Engine engine = engine()) {
            Answer answer =
                    engine.generate(Request.infill("The [[1]] is near [[2]].").seed(1));
            assertThat(answer.text()).matches("The (mill|inn) is near the (river|centre)\\.");
            assertThat(engine.generate(Request.infill("The mill is [[]] river.").seed(1))
                            .text())
                    .isEqualTo("The mill is near the river.");
        }
    }

    @Test
    void frames_show_the_nearest_words_while_they_settle() {
        List<CanvasFrame> frames = new ArrayList<>();
        try (Engine engine = engine()) {
            engine.generate(Request.continuing("The").seed(3).listener(frames::add));
        }
        assertThat(frames).hasSize(65);
        CanvasFrame early = frames.get(2);
        assertThat(early.cells().get(1).state()).isEqualTo(State.PINNED);
        assertThat(early.cells().get(2).state()).isEqualTo(State.PROVISIONAL);
        assertThat(early.cells().get(2).id()).isNotEqualTo(Canvas.NO_TOKEN);
        assertThat(early.cells().get(2).confidence())
                .isLessThan(frames.get(63).cells().get(2).confidence());
    }

    @Test
    void the_same_seed_writes_the_same_and_few_steps_are_taken_where_few_are_asked_for() {
        try (Engine engine = engine()) {
            Request request = Request.continuing("The").seed(11);
            assertThat(engine.generate(request).text())
                    .isEqualTo(engine.generate(request).text());
            Request quick = request.decoding(request.decoding().steps(5));
            assertThat(engine.generate(quick).forwardPasses()).isEqualTo(5);
        }
    }

    @Test
    void a_classifier_steers_what_is_written() {
        EmbeddingDitModel words = EmbeddingDitModel.load(model, Precision.FP32);
        TextClassifier classifier = TextClassifier.load(model, Precision.FP32);
        List<String> fields = List.copyOf(classifier.values().keySet());
        int area = fields.indexOf("area");
        for (String value : List.of("river", "centre")) {
            Wanted wanted = Wanted.value(
                    area,
                    Objects.requireNonNull(classifier.values().get("area")).indexOf(value));
            ClassifierGuidance guidance = new ClassifierGuidance(classifier.network(), canvas -> wanted, 5, false);
            try (Tokenizer tokenizer = Tokenizer.open(model.resolve("tokenizer.json"))) {
                for (int seed = 0; seed < 4; seed++) {
                    assertThat(Steered.write(words, tokenizer, guidance, Seed.of(seed)))
                            .contains(value);
                }
            }
        }
    }

    @Test
    void the_gradient_that_steers_agrees_with_finite_differences() {
        TextClassifier classifier = TextClassifier.load(model, Precision.FP32);
        Wanted wanted =
                new Wanted(List.of(Wanted.ANY, 3, 4), Map.of(0, 1), Map.of(new Span(4, 7), 2, new Span(1, 3), 1));
        ClassifierGuidance guidance = new ClassifierGuidance(classifier.network(), canvas -> wanted, 1, false);
        List<Canvas> one = List.of(Canvas.of(0));
        try (Scope memory = Scope.inference()) {
            Tensor x = Tensor.randn(Seed.of(4), 1, 12, 16);
            Tensor told = Tensor.of(new float[] {400});
            Tensor gradient = guidance.gradient(one, x, told);
            double norm = Math.sqrt(gradient.square().sum().item());
            Tensor along = gradient.mul(1e-2 / norm);
            double difference = guidance.logProbability(one, x.add(along), told).item()
                    - guidance.logProbability(one, x.sub(along), told).item();
            assertThat(difference / 2e-2).isCloseTo(norm, within(0.01 * norm + 1e-3));
        }
    }

    @Test
    void the_classifier_tells_which_spans_of_a_text_are_constituents_and_of_what_kind() {
        EmbeddingDitModel words = EmbeddingDitModel.load(model, Precision.FP32);
        TextClassifier classifier = TextClassifier.load(model, Precision.FP32);
        Map<Span, String> expected = Map.of(
                new Span(1, 3), "NP",
                new Span(3, 7), "VP",
                new Span(4, 7), "PP",
                new Span(5, 7), "NP",
                new Span(2, 4), "",
                new Span(3, 6), "",
                new Span(6, 8), "");
        List<Span> spans = List.copyOf(expected.keySet());
        try (Scope memory = Scope.inference();
                Tokenizer tokenizer = Tokenizer.open(model.resolve("tokenizer.json"))) {
            int[] text = tokenizer.encode("The inn is near the river.");
            int[] ids = new int[words.length()];
            Arrays.fill(ids, words.padding());
            ids[0] = words.start();
            System.arraycopy(text, 0, ids, 1, text.length);
            ids[text.length + 1] = tokenizer.id(WordVocabulary.END).orElseThrow();
            Tensor x = words.network().embed(Tensor.ids(ids, 1, ids.length));
            Tensor told = words.noise().told(new double[] {0});
            int[] labels = classifier
                    .network()
                    .spans(classifier.network().forward(x, told), List.of(spans))
                    .argmax(2)
                    .toInts();
            for (int i = 0; i < labels.length; i++) {
                assertThat(classifier.spans().get(labels[i]))
                        .as(spans.get(i).toString())
                        .isEqualTo(expected.get(spans.get(i)));
            }
        }
    }

    @Test
    void a_classifier_that_learnt_nothing_of_spans_still_loads_and_says_so_when_asked(@TempDir Path old)
            throws IOException {
        String json = Files.readString(model.resolve("classifier.json"));
        Files.writeString(old.resolve("classifier.json"), json.replaceFirst("(?s),\\s*\"spans\" : \\[[^]]*]", ""));
        try (Scope memory = Scope.inference();
                Safetensors all = Safetensors.open(model.resolve("classifier.safetensors"))) {
            Map<String, Tensor> kept = new TreeMap<>();
            all.tensors().keySet().stream()
                    .filter(name -> !name.contains("spans"))
                    .forEach(name -> kept.put(name, all.read(name)));
            Safetensors.write(old.resolve("classifier.safetensors"), kept, Map.of());
            TextClassifier classifier = TextClassifier.load(old, Precision.FP32);
            assertThat(classifier.spans()).isEmpty();
            ClassifierGuidance guidance = new ClassifierGuidance(
                    classifier.network(), canvas -> Wanted.constituent(new Span(1, 3), 1), 1, false);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> guidance.gradient(
                            List.of(Canvas.of(0)), Tensor.zeros(1, 12, 16), Tensor.of(new float[] {400})))
                    .withMessageContaining("knows no spans");
        }
    }

    @Test
    void spans_that_are_none_are_refused_with_the_file_or_the_text(@TempDir Path data) throws IOException {
        Path file =
                Files.writeString(data.resolve("texts.jsonl"), "{\"text\": \"An inn.\", \"spans\": [[2, 2, \"NP\"]]}");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> LabelledText.read(file))
                .withMessageContaining("texts.jsonl")
                .withMessageContaining("[2,2,\"NP\"]");
        Files.copy(plan(1, "d"), data.resolve("plan.yaml"));
        Files.writeString(file, "{\"text\": \"An inn.\", \"spans\": [[0, 9, \"NP\"]]}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddingRun.run(data.resolve("plan.yaml"), line -> {}))
                .withMessageContaining("3 words")
                .withMessageContaining("0 to 9");
    }

    @Test
    void a_run_that_is_stopped_between_steps_ends_with_the_same_files() throws IOException {
        Path whole = EmbeddingRun.run(plan(12, "b"), line -> {}).model();
        EmbeddingRun.run(plan(5, "c"), line -> {});
        Files.delete(folder.resolve("out-c/classifier/checkpoint.safetensors"));
        Path resumed = EmbeddingRun.run(plan(12, "c"), line -> {}).model();
        for (String file : List.of("model.safetensors", "config.json", "classifier.safetensors")) {
            assertThat(resumed.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
    }

    @Test
    void words_are_spelt_as_they_were_and_rare_ones_are_unknown() {
        WordVocabulary words = new WordVocabulary();
        words.add("Café Brazil's price is £20-25, by the river.");
        words.add("Café Brazil's price is £20-25, by the river.");
        words.add("Rare.");
        try (Tokenizer tokenizer = Tokenizer.ofJson(words.learn(2))) {
            String text = "Café Brazil's price is £20-25, by the river.";
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            int unknown = tokenizer.id(WordVocabulary.UNKNOWN).orElseThrow();
            assertThat(tokenizer.encode("Rare.")).startsWith(unknown);
            assertThat(tokenizer.encode("<start>"))
                    .doesNotContain(tokenizer.id(WordVocabulary.START).orElseThrow());
        }
    }

    @Test
    void a_folder_that_describes_another_network_is_refused(@TempDir Path copy) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(model.resolve(file), copy.resolve(file));
        }
        Path config = copy.resolve("config.json");
        String good = Files.readString(config);
        Files.writeString(config, good.replace("\"n_blocks\" : 1", "\"n_blocks\" : 2"));
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Engine.open(copy))
                .withMessageContaining("blocks.1");
        Files.writeString(config, good.replace("\"sigma_max\" : 20.0", "\"sigma_max\" : 0.1"));
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Engine.open(copy))
                .withMessageContaining("sigma_max");
    }
}
