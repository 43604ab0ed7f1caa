package io.palimpsest.training.embedding;

import io.palimpsest.training.data.Constituent;
import io.palimpsest.training.data.LabelledText;
import io.palimpsest.training.objective.SpanExamples;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The numbers of tags, of fields' values and of spans' labels.
 *
 * @param tags by number
 * @param values of each field by number; 0 is for a text that does not say it
 * @param spans labels by number; 0 is for a span that is no constituent; empty where no text has any
 * @param mostSpans of a single text
 */
record Labels(List<String> tags, Map<String, List<String>> values, List<String> spans, int mostSpans) {

    static final String START = "START";
    static final String END = "END";
    static final String PADDING = "PAD";
    private static final String UNSAID = "";
    private static final String NONE = "";

    /** All that occur in {@code texts}. */
    static Labels of(Collection<LabelledText> texts) {
        TreeSet<String> tags = new TreeSet<>();
        Map<String, TreeSet<String>> values = new TreeMap<>();
        for (LabelledText text : texts) {
            tags.addAll(text.tags());
            text.fields()
                    .forEach((field, value) ->
                            values.computeIfAbsent(field, f -> new TreeSet<>()).add(value));
        }
        List<String> all = new ArrayList<>(List.of(START, END, PADDING));
        all.addAll(tags);
        Map<String, List<String>> numbered = new LinkedHashMap<>();
        values.forEach((field, found) -> {
            List<String> list = new ArrayList<>(List.of(UNSAID));
            list.addAll(found);
            numbered.put(field, list);
        });
        return new Labels(all, numbered, spans(texts), mostSpans(texts));
    }

    private static List<String> spans(Collection<LabelledText> texts) {
        TreeSet<String> found = new TreeSet<>();
        texts.forEach(text -> text.spans().forEach(span -> found.add(span.label())));
        return Stream.concat(found.isEmpty() ? Stream.of() : Stream.of(NONE), found.stream())
                .toList();
    }

    private static int mostSpans(Collection<LabelledText> texts) {
        return texts.stream().mapToInt(text -> text.spans().size()).max().orElse(0);
    }

    List<Integer> counts() {
        return values.values().stream().map(List::size).toList();
    }

    /** How many of a row's numbers are tokens. */
    int tokens(int[] row) {
        return (row.length - values.size() - SpanExamples.NUMBERS * mostSpans) / 2;
    }

    /**
     * A text's tokens, then as many tags, then a value for each field, then its spans of positions with their labels, {@link SpanExamples}.
     * Positions are those of words and one more, for the token that begins the text.
     */
    int[] row(int[] ids, LabelledText text) {
        int[] row = new int[2 * ids.length + values.size() + SpanExamples.NUMBERS * mostSpans];
        System.arraycopy(ids, 0, row, 0, ids.length);
        for (int i = 0; i < ids.length; i++) {
            row[ids.length + i] = tags.indexOf(tag(text.tags(), i));
        }
        int at = 2 * ids.length;
        for (Map.Entry<String, List<String>> field : values.entrySet()) {
            row[at++] = Math.max(
                    0,
                    field.getValue()
                            .indexOf(Objects.requireNonNullElse(text.fields().get(field.getKey()), UNSAID)));
        }
        for (Constituent span : text.spans()) {
            row[at++] = span.from() + 1;
            row[at++] = span.to() + 1;
            row[at++] = spans.indexOf(span.label());
        }
        return row;
    }

    private static String tag(List<String> tags, int position) {
        if (position == 0) {
            return START;
        }
        return position <= tags.size() ? tags.get(position - 1) : position == tags.size() + 1 ? END : PADDING;
    }
}
