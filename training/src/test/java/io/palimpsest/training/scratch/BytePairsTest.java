package io.palimpsest.training.scratch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.model.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;

class BytePairsTest {

    private static final String TEXT = "the lighthouse on the hill, the light in the lighthouse ".repeat(20);

    @Test
    void common_words_become_tokens_and_every_text_comes_back() {
        try (Tokenizer tokenizer = Tokenizer.ofJson(learn(TEXT, 300))) {
            assertThat(tokenizer.encode(" the")).hasSize(1);
            assertThat(tokenizer.encode(" lighthouse")).hasSize(1);
            assertThat(tokenizer.size()).isLessThanOrEqualTo(300);
            assertThat(tokenizer.id(BytePairs.BOUNDARY)).hasValue(tokenizer.size() - 1);
            for (String text : new String[] {TEXT, "Ünïcode — 灯台, \t tabs\n\nand 🏮", " the  the"}) {
                assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            }
        }
    }

    @Test
    void the_commonest_pair_is_joined_first() {
        try (Tokenizer tokenizer = Tokenizer.ofJson(learn("ab ab ab ab cd cd", 258))) {
            assertThat(tokenizer.encode("ab")).hasSize(1);
            assertThat(tokenizer.encode("cd")).hasSize(2);
        }
    }

    @Test
    void the_order_of_texts_does_not_matter() {
        BytePairs forth = new BytePairs();
        BytePairs back = new BytePairs();
        forth.add("one two three two ");
        forth.add("four four");
        back.add("four four");
        back.add("one two three two ");
        assertThat(forth.learn(270)).isEqualTo(back.learn(270));
    }

    @Test
    void a_vocabulary_without_room_for_pairs_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> learn("a", 256)).withMessageContaining("256");
    }

    private static String learn(String text, int size) {
        BytePairs pairs = new BytePairs();
        pairs.add(text);
        return pairs.learn(size);
    }
}
