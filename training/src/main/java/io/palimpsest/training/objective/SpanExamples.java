package io.palimpsest.training.objective;

import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Spans to learn labels from, drawn anew each time: half of them constituents, a quarter with an end that is moved a little, a quarter
 * anywhere. Those that are no constituents have the label 0. Of a span that is several constituents at once the outermost counts.
 *
 * @param texts the numbers of those texts of a batch that have constituents
 * @param spans {@link #PER_TEXT} for each of them
 * @param labels one for each span
 */
public record SpanExamples(int[] texts, List<List<Span>> spans, int[] labels) {

    /** How many numbers an example has for each constituent: its first position, that behind it, its label; zeros where there is none. */
    public static final int NUMBERS = 3;

    static final int PER_TEXT = 16;
    private static final int FARTHEST = 3;

    /**
     * Draws from a batch.
     *
     * @param at where constituents begin in an example
     * @param length how many positions texts have
     */
    static SpanExamples draw(List<Example> batch, int at, int length, Seed seed) {
        List<Integer> texts = new ArrayList<>();
        List<List<Span>> spans = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            Map<Span, Integer> constituents = constituents(batch.get(row).ids(), at);
            if (!constituents.isEmpty()) {
                List<Span> own = draw(List.copyOf(constituents.keySet()), length, seed.child(row));
                own.forEach(span -> labels.add(constituents.getOrDefault(span, 0)));
                spans.add(own);
                texts.add(row);
            }
        }
        return new SpanExamples(ints(texts), spans, ints(labels));
    }

    private static Map<Span, Integer> constituents(int[] row, int at) {
        Map<Span, Integer> all = new LinkedHashMap<>();
        for (int i = at; i < row.length && row[i + 1] > 0; i += NUMBERS) {
            all.putIfAbsent(new Span(row[i], row[i + 1]), row[i + 2]);
        }
        return all;
    }

    private static List<Span> draw(List<Span> constituents, int length, Seed seed) {
        List<Span> drawn = new ArrayList<>();
        for (int i = 0; i < PER_TEXT; i++) {
            Seed own = seed.child(i);
            Span span = constituents.get(own.below(constituents.size()));
            drawn.add(
                    switch (i % 4) {
                        case 0, 1 -> span;
                        case 2 -> moved(span, length, own);
                        default -> anywhere(length, own);
                    });
        }
        return drawn;
    }

    /** One end farther out or in; at least one word stays, and the token that begins the text is outside. */
    private static Span moved(Span span, int length, Seed seed) {
        int by = (1 + seed.below(FARTHEST)) * (seed.below(2) == 0 ? 1 : -1);
        return seed.below(2) == 0
                ? new Span(Math.max(1, Math.min(span.end() - 1, span.start() + by)), span.end())
                : new Span(span.start(), Math.min(length, Math.max(span.start() + 1, span.end() + by)));
    }

    private static Span anywhere(int length, Seed seed) {
        int a = 1 + seed.below(length - 1);
        int b = 1 + seed.below(length - 1);
        return new Span(Math.min(a, b), Math.max(a, b) + 1);
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(i -> i).toArray();
    }
}
