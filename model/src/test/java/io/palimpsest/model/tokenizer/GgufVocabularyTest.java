package io.palimpsest.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufVocabularyTest {

    private static final List<String> LETTERS =
            List.of("1", "2", "3", "12", "123", "Ġ", "<|end|>", "<think>", "A", "Ì", "Ĭ", "Ã", "ħ");

    private static final List<Long> TYPES = List.of(1L, 1L, 1L, 1L, 1L, 1L, 3L, 4L, 1L, 1L, 1L, 1L, 1L);

    private static GgufVocabulary vocabulary(String pre) {
        return new GgufVocabulary(pre, LETTERS, TYPES, List.of("1 2", "12 3"));
    }

    @ParameterizedTest
    @CsvSource({
        "smollm, 1|2|3|1|2",
        "qwen2, 1|2|3|1|2",
        "llada-moe, 1|2|3|1|2",
        "llama-bpe, 123|12",
        "llama3, 123|12",
        "gpt-2, 123|12",
        "default, 123|12"
    })
    void digits_are_cut_as_the_model_was_trained(String pre, String pieces) {
        try (Tokenizer tokenizer = Tokenizer.ofJson(vocabulary(pre).tokenizerJson())) {
            int[] expected = List.of(pieces.split("\\|")).stream()
                    .mapToInt(piece -> tokenizer.id(piece).orElseThrow())
                    .toArray();
            assertThat(tokenizer.encode("12312")).isEqualTo(expected);
        }
    }

    @Test
    void markup_is_special_and_added_tokens_are_not() {
        try (Tokenizer tokenizer = Tokenizer.ofJson(vocabulary("qwen2").tokenizerJson())) {
            assertThat(tokenizer.specialIds()).containsExactly(6);
            assertThat(tokenizer.encode("<think>")).containsExactly(7);
            assertThat(tokenizer.encodeTemplate("1<|end|>")).containsExactly(0, 6);
        }
    }

    @Test
    void an_unknown_way_to_cut_words_is_refused_with_the_known_ones() {
        assertThatThrownBy(() -> vocabulary("martian"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'martian'")
                .hasMessageContaining("smollm")
                .hasMessageContaining("qwen2");
    }

    @Test
    void entries_that_do_not_fit_are_refused() {
        assertThatThrownBy(() -> new GgufVocabulary("smollm", LETTERS, List.of(1L), List.of()))
                .hasMessageContaining("token_type");
        assertThatThrownBy(() -> new GgufVocabulary("smollm", LETTERS, TYPES, List.of("12")))
                .hasMessageContaining("'12'");
        assertThatThrownBy(() -> new GgufVocabulary("smollm", List.of(), List.of(), List.of()))
                .hasMessageContaining("tokens");
    }

    @Test
    void all_of_smollm2_comes_back() {
        GgufVocabulary vocabulary = Smollm2.vocabulary();
        try (Tokenizer tokenizer = Tokenizer.ofJson(vocabulary.tokenizerJson())) {
            assertThat(tokenizer.size()).isEqualTo(vocabulary.tokens().size());
            for (int id = 0; id < tokenizer.size(); id += 97) {
                assertThat(tokenizer.id(vocabulary.tokens().get(id))).hasValue(id);
            }
        }
    }
}
