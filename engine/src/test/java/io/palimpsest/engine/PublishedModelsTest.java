package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.Tempering;
import io.palimpsest.diffusion.denoiser.Truncating;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Confidence;
import io.palimpsest.diffusion.sampler.Quota;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.Strategy;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tiny checkpoints of published families, written as their authors write. */
class PublishedModelsTest {

    private static final String PROMPT = "the cat sat on";
    private static final int LIMIT = 11;

    private static final Options FP32 = Options.defaults().precision(Precision.FP32);
    private static final Path FIXTURES =
            Path.of("..", "model", "src", "test", "resources", "io", "palimpsest", "model", "verify", "fixtures");

    private static Engine open(String fixture) {
        return Engine.open(FIXTURES.resolve(fixture), FP32);
    }

    static Stream<String> families() {
        return Stream.of(
                "llada/dense_mha",
                "llada_moe/moe",
                "dream/gqa_untied",
                "sdar/gqa",
                "llada2_moe/mini_bf16_sharded",
                "fastdllm_v2/gqa",
                "mdlm/no_time",
                "bd3lm/block4",
                "bert/relu_bf16",
                "a2d/case_a_qwen3/model",
                "mmada/case_a/model");
    }

    /** A family's own sampler, put together by hand; its canvases end with whole blocks. */
    private record Own(String fixture, int block, BiFunction<Denoiser, Blocks, Sampler> sampler) {}

    static Stream<Own> ownSamplers() {
        return Stream.of(
                new Own(
                        "llada/dense_mha",
                        1,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                Blocks.of(32),
                                new TokenChoice.Greedy(),
                                new Unmasking.Scheduled(Quota.even(32), Confidence.probability()))),
                new Own(
                        "dream/gqa_untied",
                        1,
                        (denoiser, grid) -> new Sampler(
                                new Truncating(new Tempering(denoiser, 0.2), 0.95, 0),
                                Blocks.whole(),
                                new TokenChoice.Sampling(1),
                                new Unmasking.Scheduled(
                                        new Quota.OverTime(LIMIT, 1e-3), Confidence.negativeEntropy()))),
                new Own(
                        "sdar/gqa",
                        4,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                grid,
                                new TokenChoice.Sampling(1),
                                new Unmasking.AtLeast(new Quota.OfBlock(4), 0.9, Confidence.probability()))),
                new Own(
                        "llada2_moe/mini_bf16_sharded",
                        32,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                grid,
                                new TokenChoice.Greedy(),
                                new Unmasking.AtLeast(new Quota.OfBlock(32), 0.95, Confidence.probability()))),
                new Own(
                        "mdlm/no_time",
                        1,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                Blocks.whole(),
                                new TokenChoice.Sampling(1, 0.9, TokenChoice.Sampling.ALL),
                                new Unmasking.Ancestral(1000))),
                new Own(
                        "bd3lm/block4",
                        4,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                grid,
                                new TokenChoice.Sampling(1, 0.9, TokenChoice.Sampling.ALL),
                                new Unmasking.Scheduled(Quota.fixed(1), Confidence.random()))),
                new Own(
                        "bert/relu_bf16",
                        1,
                        (denoiser, grid) -> new Sampler(
                                denoiser,
                                Blocks.of(32),
                                new TokenChoice.Greedy(),
                                new Unmasking.Scheduled(new Quota.Rounded(32), Confidence.probability()))));
    }

    @ParameterizedTest
    @MethodSource("ownSamplers")
    void a_model_is_written_as_its_authors_write(Own own) {
        try (Engine engine = open(own.fixture)) {
            int limit = own.fixture.startsWith("bd3lm") ? 4 : LIMIT; // its context is short
            Answer answer =
                    engine.generate(Request.continuing(PROMPT).maxTokens(limit).seed(7));
            assertThat(answer.text()).isEqualTo(byHand(engine.model(), own, limit));
        }
    }

    private static String byHand(LanguageModel model, Own own, int limit) {
        int[] prompt = model.tokenizer().encode(PROMPT);
        int end = prompt.length + limit;
        int whole = (end + own.block - 1) / own.block * own.block;
        Canvas canvas = Canvas.of(prompt).extend(whole - prompt.length);
        try (Denoiser denoiser = model.network().open()) {
            own.sampler.apply(denoiser, Blocks.grid(own.block)).fill(canvas, Seed.of(7));
        }
        int[] ids = canvas.ids(new Span(prompt.length, end));
        int[] text = Arrays.stream(ids)
                .takeWhile(id -> !model.stopIds().contains(id))
                .toArray();
        return model.tokenizer().decode(text);
    }

    @ParameterizedTest
    @MethodSource("families")
    void a_limit_holds_exactly_and_the_prompt_is_never_changed(String fixture) {
        try (Engine engine = open(fixture)) {
            int[] prompt = engine.model().tokenizer().encode("the");
            for (int limit = 1; limit <= 7; limit += 3) {
                List<CanvasFrame> frames = new ArrayList<>();
                Answer answer = engine.generate(
                        Request.continuing("the").maxTokens(limit).seed(1).listener(frames::add));
                assertThat(answer.finish() == Answer.Finish.STOP || answer.tokens() == limit)
                        .isTrue();
                assertThat(answer.tokens()).isLessThanOrEqualTo(limit);
                for (CanvasFrame frame : frames) {
                    assertThat(frame.cells()).hasSizeLessThanOrEqualTo(prompt.length + limit);
                    assertThat(frame.cells().subList(0, prompt.length))
                            .allMatch(cell -> cell.state() == State.PINNED)
                            .extracting(CanvasFrame.Cell::id)
                            .containsExactly(Arrays.stream(prompt).boxed().toArray(Integer[]::new));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void what_is_asked_for_comes_before_what_is_usual(String fixture) {
        try (Engine engine = open(fixture)) {
            Request request = Request.continuing("the")
                    .decoding(Decoding.defaults().maxTokens(8).temperature(0));
            Request inOneStep = request.decoding(request.decoding().steps(1));
            Request whateverIsSure = request.decoding(request.decoding().threshold(0));
            int blocks = 8; // at most one for each token
            assertThat(engine.generate(inOneStep).forwardPasses()).isLessThanOrEqualTo(blocks);
            assertThat(engine.generate(whateverIsSure).forwardPasses()).isLessThanOrEqualTo(blocks);
            Request inOrder = request.decoding(request.decoding().strategy(Strategy.SEQUENTIAL));
            List<CanvasFrame> frames = new ArrayList<>();
            engine.generate(inOrder.listener(frames::add));
            for (CanvasFrame frame : frames) {
                List<State> states =
                        frame.cells().stream().map(CanvasFrame.Cell::state).toList();
                int hidden = states.indexOf(State.HIDDEN);
                assertThat(hidden < 0 || states.lastIndexOf(State.COMMITTED) < hidden)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void every_strategy_fills_every_gap_of_every_family(String fixture) {
        try (Engine engine = open(fixture)) {
            for (Strategy strategy : Strategy.values()) {
                boolean resizes = strategy.begins().isPresent();
                if (strategy == Strategy.DREAMON || (resizes && isBlockCausal(engine))) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> engine.generate(filling(strategy)))
                            .withMessageContaining("the strategy '" + strategy.label() + "'");
                    continue;
                }
                Request request = filling(strategy);
                Answer answer = engine.generate(request);
                assertThat(answer.tokens()).as("%s", strategy).isEqualTo(3);
                assertThat(engine.generate(request)).as("%s", strategy).returns(answer.text(), Answer::text);
            }
        }
    }

    private static Request filling(Strategy strategy) {
        return Request.infill("the [[2]] a [[1]]!")
                .seed(3)
                .decoding(Decoding.defaults().strategy(strategy));
    }

    private static boolean isBlockCausal(Engine engine) {
        return engine.model().traits().attention() == Traits.Attention.BLOCK_CAUSAL;
    }

    /** The files of a Dream checkpoint that name two tokens for changing lengths. */
    private static Path dreamOn(Path folder, int expand, int delete) throws IOException {
        try (Stream<Path> files = Files.list(FIXTURES.resolve("dream/gqa_untied"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(String.valueOf(file.getFileName())));
            }
        }
        Path config = folder.resolve("generation_config.json");
        String tokens = "{\"expand_token_id\": " + expand + ", \"delete_token_id\": " + delete + ",";
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", tokens));
        return folder;
    }

    @Test
    void dream_with_tokens_that_expand_and_delete_is_dreamon(@TempDir Path scratch) throws IOException {
        try (Engine engine = Engine.open(dreamOn(scratch, 301, 302), FP32)) {
            assertThat(engine.model().traits().decoding().strategy()).isEqualTo(Strategy.DREAMON);
            Answer answer =
                    engine.generate(Request.infill("the cat [[]] on the mat").seed(1));
            assertThat(answer.text()).startsWith("the cat ").endsWith(" on the mat");
            assertThat(engine.generate(Request.continuing("the").maxTokens(9).seed(2))
                            .tokens())
                    .isLessThanOrEqualTo(9);
            assertThat(engine.generate(Request.infill("the [[3]] cat").seed(1)).tokens())
                    .isEqualTo(3);
        }
    }

    /** Which tokens a random model likes is told by what it writes without any meaning to them. */
    @Test
    void a_gap_grows_where_the_model_proposes_to_expand(@TempDir Path scratch) throws IOException {
        List<CanvasFrame> frames = new ArrayList<>();
        try (Engine engine = Engine.open(dreamOn(scratch, liked(), 302), FP32)) {
            engine.generate(Request.infill("the cat [[]] on the mat")
                    .temperature(0)
                    .seed(1)
                    .listener(frames::add));
        }
        int begin = frames.get(0).cells().size();
        assertThat(frames).anyMatch(frame -> frame.cells().size() > begin);
    }

    private static int liked() {
        List<CanvasFrame> frames = new ArrayList<>();
        try (Engine engine = Engine.open(FIXTURES.resolve("dream/gqa_untied"), FP32)) {
            engine.generate(Request.infill("the cat [[4]] on the mat")
                    .decoding(Decoding.defaults()
                            .strategy(Strategy.ENTROPY)
                            .steps(100)
                            .temperature(0)
                            .topP(0.9))
                    .listener(frames::add));
        }
        return frames.stream()
                .flatMap(frame -> frame.cells().stream())
                .filter(cell -> cell.state() == State.COMMITTED)
                .mapToInt(CanvasFrame.Cell::id)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_pass_is_saved_where_nothing_behind_the_limit_is_wanted() {
        try (Engine engine = open("llada2_moe/mini_bf16_sharded")) {
            Request request =
                    Request.continuing("the").decoding(Decoding.defaults().threshold(0.999));
            Answer whole = engine.generate(request.maxTokens(31));
            assertThat(engine.generate(request.maxTokens(1)).forwardPasses())
                    .isLessThanOrEqualTo(whole.forwardPasses());
        }
    }

    @Test
    void who_has_no_autoregressive_mode_cannot_find_drafts_typical() {
        try (Engine engine = open("dream/gqa_untied")) {
            Request request =
                    Request.continuing("ab").decoding(Decoding.defaults().typical(0.1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.generate(request))
                    .withMessageContaining("has no autoregressive mode");
        }
    }

    @Test
    void what_a_strategy_does_not_have_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Decoding.defaults().strategy(Strategy.FACTOR).steps(4))
                .withMessageContaining("'factor' decides itself");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Decoding.defaults().strategy(Strategy.RANDOM).threshold(0.5))
                .withMessageContaining("'random' has no threshold");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Decoding.defaults().strategy(Strategy.RANDOM).verify(true))
                .withMessageContaining("unverified");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Strategy.of("best"))
                .withMessageContaining("there is no strategy 'best'; there are low-confidence, random");
    }
}
