package io.palimpsest.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.palimpsest.tensor.file.InvalidFileException;
import io.palimpsest.training.data.Constituent;
import io.palimpsest.training.data.LabelledText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntaxTreesTest {

    private static final String TEXT = "The inn isn't cheap. It's near (the) mill.";

    private static final List<String> TREES = List.of(
            "(ROOT (S (NP (DT The) (NN inn)) (VP (VBZ is) (RB n't) (ADJP (JJ cheap))) (. .)))",
            "",
            "(ROOT (S (NP (PRP It)) (VP (VBZ 's) (PP (IN near) (NP (-LRB- -LRB-) (DT the) (-RRB- -RRB-) (NN mill)))) (. .)))");

    @TempDir
    private Path folder;

    private SyntaxTrees trees(List<String> lines) throws IOException {
        return SyntaxTrees.open(Files.write(folder.resolve("trees.txt"), lines));
    }

    @Test
    void a_text_is_cut_into_sentences_of_words_as_the_treebank_spells_them() {
        assertThat(ParserInput.sentences(TEXT))
                .containsExactly("The inn is n't cheap .", "It 's near -LRB- the -RRB- mill .");
    }

    @Test
    void a_stop_within_a_number_ends_no_sentence() {
        assertThat(ParserInput.sentences("It costs £10.50. Really?"))
                .containsExactly("It costs £ 10 . 50 .", "Really ?");
        assertThat(ParserInput.sentences("")).isEmpty();
    }

    @Test
    void constituents_count_words_from_the_beginning_of_the_whole_text() throws IOException {
        SyntaxTrees trees = trees(TREES);
        assertThat(trees.next(TEXT))
                .contains(
                        new Constituent(0, 6, "S"),
                        new Constituent(4, 5, "ADJP"),
                        new Constituent(6, 14, "S"),
                        new Constituent(8, 13, "PP"));
        assertThatNoException().isThrownBy(trees::requireEnd);
    }

    @Test
    void texts_get_the_constituents_of_two_words_and_more() throws IOException {
        Path texts = Files.writeString(
                folder.resolve("texts.jsonl"), "{\"text\":\"%s\",\"fields\":{\"a\":\"b\"}}".formatted(TEXT));
        Path labelled = folder.resolve("labelled.jsonl.gz");
        trees(TREES);
        SyntaxTrees.main(new String[] {
            "spans", texts.toString(), folder.resolve("trees.txt").toString(), labelled.toString()
        });
        LabelledText text = LabelledText.read(labelled).get(0);
        assertThat(text.fields()).containsEntry("a", "b");
        assertThat(text.spans())
                .hasSize(7)
                .contains(new Constituent(8, 13, "PP"))
                .allMatch(span -> span.length() > 1);
    }

    @Test
    void a_line_that_is_no_tree_of_the_text_is_named() throws IOException {
        refused(List.of("(S (NN"), "trees.txt", "line 1 is no tree");
        refused(TREES.subList(0, 1), "line 2 should be a tree of 'The inn");
        refused(
                List.of(TREES.get(0), TREES.get(0), TREES.get(0)),
                "line 2 has other words",
                "The inn is",
                "It 's near");
        refused(List.of("(S (NN x) " + "(NN x) ".repeat(20) + ")"), "line 1 has other words");
        SyntaxTrees trees = trees(List.of("(S (NN inn))", "(S (NN inn))"));
        trees.next("inn");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(trees::requireEnd)
                .withMessageContaining("from line 2 on");
    }

    private void refused(List<String> lines, String... message) throws IOException {
        SyntaxTrees trees = trees(lines);
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> trees.next(TEXT))
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }
}
