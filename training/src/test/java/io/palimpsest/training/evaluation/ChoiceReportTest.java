package io.palimpsest.training.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Score;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.data.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChoiceReportTest {

    @TempDir
    private Path folder;

    private static final Path FIXTURES =
            Path.of("..", "model", "src", "test", "resources", "io", "palimpsest", "model", "verify", "fixtures");

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("questions.jsonl"), String.join("\n", lines) + "\n");
    }

    @Test
    void questions_are_read_under_every_name_that_data_sets_give_them() throws IOException {
        List<Question> read = Question.read(file(
                "{\"question\":\"Q\",\"choices\":[\"a\",\"b\"],\"answer\":1}",
                "{\"question\":\"Q\",\"choices\":[\"a\",\"b\"],\"answer\":\"B\"}",
                "{\"question\":\"Q\",\"choices\":[\"a\",\"b\"],\"answer\":\"b\"}",
                "{\"question\":\"Q\",\"choices\":{\"text\":[\"a\",\"b\"],\"label\":[\"1\",\"2\"]},\"answerKey\":\"2\"}",
                "{\"ctx\":\"Q\",\"endings\":[\"a\",\"b\"],\"label\":\"1\"}",
                "{\"query\":\"Q\",\"choices\":[\"a\",\"b\"],\"gold\":1}"));
        assertThat(read).hasSize(6).containsOnly(new Question("Q", List.of("a", "b"), 1));
    }

    @Test
    void a_line_without_a_right_answer_is_named() throws IOException {
        Path wrong = file(
                "{\"question\":\"Q\",\"choices\":[\"a\",\"b\"],\"answer\":1}",
                "{\"question\":\"Q\",\"choices\":[\"a\",\"b\"],\"answer\":\"c\"}");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Question.read(wrong))
                .withMessageContaining("questions.jsonl: line 2")
                .withMessageContaining("'c' of [a, b]");
        Path without = file("{\"question\":\"Q\",\"answer\":0}");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> Question.read(without))
                .withMessageContaining("line 1 has no 'choices' or 'endings'");
    }

    @Test
    void the_questions_that_ship_with_the_tutorial_are_well_formed() {
        List<Question> questions = Question.read(Path.of("..", "docs", "tutorials", "evaluation", "questions.jsonl"));
        assertThat(questions)
                .hasSize(40)
                .allSatisfy(q -> assertThat(q.choices()).hasSize(4).doesNotHaveDuplicates());
        for (int place = 0; place < 4; place++) {
            int at = place;
            assertThat(questions.stream().filter(q -> q.answer() == at)).hasSize(10);
        }
    }

    @Test
    void a_model_without_an_autoregressive_mode_chooses_by_its_bound() throws IOException {
        Path questions = file(
                "{\"question\":\"what\",\"choices\":[\"the lighthouse\",\"a letter\"],\"answer\":1}",
                "{\"question\":\"who\",\"choices\":[\"the keeper\",\"a\",\"letters\"],\"answer\":0}");
        try (Engine engine = Engine.open(
                FIXTURES.resolve("llada/dense_mha"), Options.defaults().precision(Precision.FP32))) {
            ChoiceReport report = ChoiceReport.measure(engine, questions, 4, 1, line -> {});
            assertThat(report.kind()).isEqualTo("bound");
            assertThat(report.questions()).isEqualTo(2);
            assertThat(report.chance()).isCloseTo((1 / 2.0 + 1 / 3.0) / 2, within(1e-9));
            assertThat(report).isEqualTo(ChoiceReport.measure(engine, questions, 4, 1, line -> {}));
            double nats = 0;
            for (Question question : Question.read(questions)) {
                Score right = engine.continuation(
                        "Question: " + question.question() + "\nAnswer:",
                        " " + question.choices().get(question.answer()),
                        4,
                        1);
                nats += right.natsPerToken() * right.tokens() / 2;
            }
            assertThat(report.nats()).isCloseTo(nats, within(1e-6));
        }
    }

    @Test
    void held_out_text_is_measured_with_every_model_passage_by_passage() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "the lighthouse keeper wrote a letter. ".repeat(30));
        try (Engine engine = Engine.open(
                FIXTURES.resolve("llada/dense_mha"), Options.defaults().precision(Precision.FP32))) {
            HeldOutLikelihood measured = HeldOutLikelihood.measure(engine, text, 2, 1, line -> {});
            assertThat(measured.kind()).isEqualTo("bound");
            assertThat(measured.tokens()).isGreaterThan(engine.model().context() / 4);
            assertThat(measured.natsPerToken()).isPositive().isFinite();
            assertThat(measured.bytes()).isBetween(1000L, 30L * 38);
            assertThat(measured).isEqualTo(HeldOutLikelihood.measure(engine, text, 2, 1, line -> {}));
        }
    }
}
