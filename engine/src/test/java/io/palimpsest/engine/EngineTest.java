package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.tensor.ResidentMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over the default model's base under an adapter of random numbers. */
class EngineTest {

    private static Engine adapted;
    private static Engine base;

    @BeforeAll
    static void load(@TempDir Path temporary) throws IOException {
        base = TestModels.base(temporary, Precision.INT8);
        adapted = TestModels.randomlyAdapted(temporary);
    }

    @AfterAll
    static void close() {
        adapted.close();
        base.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Name three planets.", "How do I boil an egg?", "Why is the sky blue?"})
    void verified_greedy_text_is_the_base_models_own_whatever_the_drafts(String prompt) {
        Request request = Request.chat(prompt).temperature(0).maxTokens(16);
        Answer own = base.generate(request);
        Answer verified = adapted.generate(request.verify(true));
        assertThat(verified.text()).isEqualTo(own.text());
        assertThat(own.forwardPasses()).isEqualTo(own.tokens());
        assertThat(verified.forwardPasses()).isLessThanOrEqualTo(verified.tokens());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_same_seed_gives_the_same_text(boolean verify) {
        Request request =
                Request.chat("Tell me a joke.").temperature(1).maxTokens(8).verify(verify);
        String first = adapted.generate(request.seed(5)).text();
        adapted.generate(request.seed(6));
        assertThat(adapted.generate(request.seed(5)).text()).isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_prompt_is_never_changed_and_every_step_is_seen(boolean verify) {
        List<CanvasFrame> frames = new ArrayList<>();
        Answer answer = adapted.generate(Request.continuing("The capital of France is")
                .maxTokens(6)
                .verify(verify)
                .listener(frames::add));
        int[] prompt = adapted.model().tokenizer().encode("The capital of France is");
        assertThat(frames).hasSize(answer.forwardPasses() + 1);
        for (CanvasFrame frame : frames) {
            assertThat(frame.cells().subList(0, prompt.length))
                    .allMatch(cell -> cell.state() == State.PINNED)
                    .extracting(CanvasFrame.Cell::id)
                    .containsExactly(java.util.Arrays.stream(prompt).boxed().toArray(Integer[]::new));
        }
    }

    @Test
    void a_limit_on_tokens_holds_exactly() {
        for (int limit = 1; limit <= 5; limit++) {
            Request request =
                    Request.chat("Count to one hundred.").maxTokens(limit).temperature(0);
            assertThat(adapted.generate(request).tokens()).isEqualTo(limit);
            Answer unverified = adapted.generate(request.verify(false)); // noise, which may end itself
            assertThat(unverified.tokens()).isLessThanOrEqualTo(limit);
            assertThat(unverified.finish() == Answer.Finish.STOP || unverified.tokens() == limit)
                    .isTrue();
        }
    }

    @Test
    void infilling_keeps_all_that_was_given() {
        Answer answer = adapted.generate(Request.infill("The [[2]] sat on the [[]], and [not this] slept.")
                .seed(1));
        assertThat(answer.fills()).hasSize(2);
        assertThat(answer.text()).startsWith("The ").contains(" sat on the ").endsWith(", and [not this] slept.");
    }

    @Test
    void what_gaps_cannot_have_is_refused() {
        Request gaps = Request.infill("The [[2]] sat.");
        assertThatThrownBy(() -> adapted.generate(gaps.verify(true))).hasMessageContaining("cannot be verified");
        assertThatThrownBy(
                        () -> adapted.generate(gaps.decoding(Decoding.defaults().typical(0.1))))
                .hasMessageContaining("Leave out the epsilon");
        assertThatThrownBy(() -> adapted.generate(gaps.maxTokens(3))).hasMessageContaining("its own length");
        assertThat(adapted.generate(gaps.verify(false)).fills()).hasSize(1);
    }

    @Test
    void the_same_seed_gives_the_same_typical_text() {
        Decoding typical =
                Decoding.defaults().typical(0.1).blockLength(3).maxTokens(8).temperature(1);
        Request request = Request.chat("Tell me a joke.").decoding(typical);
        Answer first = adapted.generate(request.seed(5));
        adapted.generate(request.seed(6));
        assertThat(adapted.generate(request.seed(5)).text()).isEqualTo(first.text());
        assertThat(first.forwardPasses()).isLessThanOrEqualTo(first.tokens());
    }

    @Test
    void a_threshold_asks_for_unverified_decoding() {
        Request request = Request.continuing("Once").maxTokens(6).temperature(0);
        Decoding all = request.decoding().threshold(0);
        assertThat(adapted.generate(request.decoding(all)).text())
                .isEqualTo(adapted.generate(request.decoding(all.verify(false))).text());
        assertThat(adapted.generate(request.decoding(all)).forwardPasses())
                .as("all of the block is committed at once")
                .isEqualTo(1);
    }

    @Test
    void text_that_spells_a_special_token_is_text() {
        Request request = Request.continuing("<|im_end|>").maxTokens(1);
        List<CanvasFrame> frames = new ArrayList<>();
        adapted.generate(request.listener(frames::add));
        assertThat(frames.get(0).cells())
                .noneMatch(cell -> adapted.model().stopIds().contains(cell.id()));
        assertThat(frames.get(0).count(State.PINNED)).isGreaterThan(3);
    }

    @Test
    void a_prompt_longer_than_the_context_says_by_how_much() {
        int context = adapted.model().context();
        String prompt = "word ".repeat(20_000);
        int tokens = adapted.model().tokenizer().encode(prompt).length;
        assertThatThrownBy(() -> adapted.generate(Request.continuing(prompt)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(tokens + " tokens")
                .hasMessageContaining("by at least " + (tokens + 1 - context) + " tokens");
        assertThatThrownBy(() -> adapted.generate(Request.continuing("Hi").maxTokens(context)))
                .hasMessageContaining("at most " + (context - 1) + " tokens");
        assertThatThrownBy(() -> adapted.score(prompt)).hasMessageContaining("shorten it by at least");
    }

    @Test
    void an_empty_prompt_is_refused_and_an_empty_text_begins_a_document() {
        assertThatThrownBy(() -> Request.chat(" ")).hasMessageContaining("the prompt is empty");
        assertThatThrownBy(() -> Request.infill("no gap")).hasMessageContaining("[[3]]");
        assertThatThrownBy(() -> adapted.score("")).hasMessageContaining("empty");
        assertThat(adapted.generate(Request.continuing("").maxTokens(2)).tokens())
                .isEqualTo(2);
    }

    @Test
    void a_cancelled_request_ends_and_the_next_one_is_answered() {
        assertThatThrownBy(() -> adapted.generate(Request.chat("Hi").cancelled(() -> true)))
                .isInstanceOf(CancellationException.class);
        assertThat(adapted.generate(Request.chat("Hi").maxTokens(1)).tokens()).isEqualTo(1);
    }

    @Test
    void requests_from_many_threads_are_all_answered_as_if_alone() {
        Request request = Request.continuing("Once upon a time").temperature(0).maxTokens(4);
        String alone = base.generate(request).text();
        List<CompletableFuture<Answer>> queued =
                Stream.generate(() -> base.submit(request)).limit(4).toList();
        assertThat(queued).allSatisfy(answer -> assertThat(answer.join().text()).isEqualTo(alone));
    }

    @Test
    void a_conversation_remembers_and_costs_only_its_new_tokens() {
        Conversation conversation = base.chat(
                List.of(Message.system("Be brief.")),
                request -> request.maxTokens(4).temperature(0));
        conversation.say("My name is Ada.");
        conversation.say("What is my name?");
        assertThat(conversation.history()).hasSize(5);
        Answer alone = adapted.generate(
                Request.chat(conversation.history().subList(0, 4)).maxTokens(4).temperature(0));
        assertThat(conversation.history().get(4).content()).isEqualTo(alone.text()); // the cache changes nothing
    }

    @Test
    void native_memory_stays_flat_over_generations() {
        for (int i = 0; i < 5; i++) {
            generate(i);
        }
        long before = resident();
        for (int i = 5; i < 20; i++) {
            generate(i);
        }
        assertThat(resident()).isLessThan((long) (before * 1.05) + 1);
    }

    private static void generate(int seed) {
        adapted.generate(Request.chat("Tell me about number " + seed)
                .maxTokens(6)
                .verify(seed % 2 == 0)
                .seed(seed));
    }

    private static long resident() {
        System.gc(); // the heap's own growth is not what is measured here
        return ResidentMemory.now().orElse(0);
    }
}
