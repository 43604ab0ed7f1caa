package io.palimpsest.training.embedding;

import io.palimpsest.training.data.LabelledText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The numbers of tags and of fields' values.
 *
 * @param tags by number
 * @param values of each field by number; 0 is for a text that does not say it
 */
record Labels(List<String> tags, Map<String, List<String>> values) {

    static final String START = "START";
    static final String END = "END";
    static final String PADDING = "PAD";
    private static final String UNSAID = "";

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
        return new Labels(all, numbered);
    }

    List<Integer> counts() {
        return values.values().stream().map(List::size).toList();
    }

    /** A text's tokens, then as many tags, then a value for each field. */
    int[] row(int[] ids, LabelledText text) {
        int[] row = new int[2 * ids.length + values.size()];
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
        return row;
    }

    private static String tag(List<String> tags, int position) {
        if (position == 0) {
            return START;
        }
        return position <= tags.size() ? tags.get(position - 1) : position == tags.size() + 1 ? END : PADDING;
    }
}
