package io.palimpsest.training.objective;

import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of examples laid out as rows of one length: as many as fit stand behind one another in a row, and each sees only
 * itself (packed sequences under a document mask).
 *
 * @param parts where each example lies
 * @param rows the number of rows, B
 * @param length their length, T
 */
record Texts(List<Part> parts, int rows, int length) {

    /** What belongs to no example: the end of a row that nothing fits in. */
    private static final int NOBODY = -1;

    /** An example, the number of the row it lies in, and where in it. */
    record Part(Example example, int row, int column) {

        int length() {
            return example.ids().length;
        }
    }

    /** Lays out a batch: each example goes to the first row that has room. */
    static Texts pack(List<Example> batch) {
        int length = batch.stream().mapToInt(e -> e.ids().length).max().orElseThrow();
        List<Integer> filled = new ArrayList<>();
        List<Part> parts = new ArrayList<>();
        for (Example example : batch) {
            int row = 0;
            while (row < filled.size() && filled.get(row) + example.ids().length > length) {
                row++;
            }
            if (row == filled.size()) {
                filled.add(0);
            }
            parts.add(new Part(example, row, filled.get(row)));
            filled.set(row, filled.get(row) + example.ids().length);
        }
        return new Texts(parts, filled.size(), length);
    }

    /** Where {@code position} of {@code part} lies among all B * T cells. */
    int cell(Part part, int position) {
        return part.row * length + part.column + position;
    }

    /** The token of each cell; 0 where there is no example. */
    int[] ids() { // B * T
        int[] ids = new int[rows * length];
        for (Part part : parts) {
            System.arraycopy(part.example.ids(), 0, ids, cell(part, 0), part.length());
        }
        return ids;
    }

    /** The position of each cell in its example. */
    int[] positions() { // B * T
        int[] positions = new int[rows * length];
        for (Part part : parts) {
            for (int i = 0; i < part.length(); i++) {
                positions[cell(part, i)] = i;
            }
        }
        return positions;
    }

    /** How many tokens are there to be learnt. */
    int learnt() {
        return parts.stream()
                .mapToInt(part -> part.length() - part.example.start())
                .sum();
    }

    /** Who may look at whom within one example, by position. */
    interface Rule {
        boolean sees(int position, int other);
    }

    /** Attention of cells to those of their own example. */
    Attend attend(Rule rule) {
        if (isPlain()) {
            return Attend.under(Sight.of(1, length, (text, i, j) -> rule.sees(i, j)));
        }
        int[] owners = owners();
        int[] positions = positions();
        return Attend.under(Sight.of(rows, length, (row, i, j) -> {
            int a = row * length + i;
            int b = row * length + j;
            return owners[a] == owners[b] && owners[a] != NOBODY && rule.sees(positions[a], positions[b]);
        }));
    }

    /** Attention of cells to all of their own example. */
    Attend attendAll() {
        return isPlain() ? Attend.everywhere() : attend((position, other) -> true);
    }

    /** Whether each row is one example. */
    boolean isPlain() {
        return parts.stream().allMatch(part -> part.length() == length);
    }

    /** The number of the example in each cell. */
    int[] owners() { // B * T
        int[] owners = new int[rows * length];
        Arrays.fill(owners, NOBODY);
        for (int p = 0; p < parts.size(); p++) {
            int from = cell(parts.get(p), 0);
            Arrays.fill(owners, from, from + parts.get(p).length(), p);
        }
        return owners;
    }
}
