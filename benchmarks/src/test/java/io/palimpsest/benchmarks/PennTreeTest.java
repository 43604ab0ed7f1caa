package io.palimpsest.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.palimpsest.training.data.Constituent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PennTreeTest {

    private static final String TREE =
            "(ROOT (S (NP-SBJ (DT The) (NN inn)) (VP (VBZ is) (PP=1 (IN near) (NP (DT the) (NN mill)))) (. .)))";

    @Test
    void constituents_are_nodes_above_parts_of_speech_by_their_category_and_the_root_is_none() {
        PennTree tree = PennTree.parse(TREE);
        assertThat(tree.words()).containsExactly("The", "inn", "is", "near", "the", "mill", ".");
        assertThat(tree.constituents())
                .containsExactly(
                        new Constituent(0, 7, "S"),
                        new Constituent(0, 2, "NP"),
                        new Constituent(2, 6, "VP"),
                        new Constituent(3, 6, "PP"),
                        new Constituent(4, 6, "NP"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"(NP (NN inn))", "((NP (NN inn)))", "(TOP (NP (NN inn)) )", " ( ROOT\t(NP  (NN inn) ) )"})
    void roots_may_have_any_name_or_none_and_spaces_do_not_matter(String brackets) {
        assertThat(PennTree.parse(brackets).constituents()).containsExactly(new Constituent(0, 1, "NP"));
    }

    @Test
    void several_constituents_of_the_same_words_come_outermost_first() {
        assertThat(PennTree.parse("(ROOT (S (VP (VB Go) (ADVP (RB there)))))").constituents())
                .extracting(Constituent::label)
                .containsExactly("S", "VP", "ADVP");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "Sentence skipped           | '(' at character 1, but there is 'Sentence skipped'",
                "(S (NP (NN inn))           | ')' at character 17, but there is the end",
                "(S (NP (NN inn))) (X (Y z))| nothing behind the tree at character 19",
                "(S (NP))                   | behind 'NP' at character 7",
                "(S (NN inn near))          | ')' at character 12",
            })
    void a_malformed_tree_is_refused_with_the_place_and_what_should_stand_there(String brackets, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PennTree.parse(brackets))
                .withMessageContaining(message);
    }
}
