package io.palimpsest.benchmarks;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.model.denoiser.ClassifierGuidance.Wanted;
import io.palimpsest.training.data.Constituent;
import io.palimpsest.training.data.LabelledText;
import io.palimpsest.training.scratch.WordVocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Diffusion-LM's control tasks (arXiv:2205.14217, section 5): what is wanted is taken from held-out texts.
 *
 * @param targets how many different things are wanted, where there are as many
 * @param samples how many texts are written for each of so many targets; where there are fewer, each has more
 */
record ControlTasks(SteeredWriter writer, List<LabelledText> heldOut, int targets, int samples) {

    private static final Wanted NOTHING = Wanted.nothing();
    private static final int TOLERANCE = 2;
    private static final int SHORTEST = 10;
    private static final int LONGEST = 40;

    /** The trials of the task called {@code name}. */
    List<Trial> of(String name) {
        return switch (name) {
            case "none" -> repeated(Stream.of(this::free));
            case "content" -> repeated(facts().stream().map(fact -> () -> content(fact)));
            case "phrase" -> repeated(facts().stream().map(fact -> () -> phrase(fact)));
            case "speech" -> speech(new PartsOfSpeech());
            case "length" -> repeated(lengths().mapToObj(words -> () -> length(words)));
            case "infilling" -> repeated(spread(known()).stream().map(text -> () -> infilling(text)));
            case "spans" -> repeated(constituents().map(wanted -> () -> constituent(wanted)));
            default ->
                throw new IllegalArgumentException("there is no task '" + name
                        + "'; there are none, content, phrase, speech, length, infilling, spans");
        };
    }

    /** Each in turn, until there are enough. */
    private List<Trial> repeated(Stream<Supplier<Trial>> makers) {
        List<Supplier<Trial>> all = makers.toList();
        return IntStream.range(0, targets * samples)
                .mapToObj(i -> all.get(i % all.size()).get())
                .toList();
    }

    private Trial free() {
        return new Trial("", writer.open(), NOTHING, text -> Map.of());
    }

    /** A field and its value. */
    private record Fact(String field, String value) {}

    /** One fact of each of some held-out texts, each fact once. */
    private List<Fact> facts() {
        return oneOfEach(this::literal).distinct().toList();
    }

    private List<Fact> literal(LabelledText text) {
        return text.fields().entrySet().stream()
                .filter(e -> !e.getKey().equals(RestaurantTexts.NOT_LITERAL))
                .map(e -> new Fact(e.getKey(), e.getValue()))
                .filter(fact -> values(fact.field).contains(fact.value))
                .toList();
    }

    private List<String> values(String field) {
        return Objects.requireNonNullElse(writer.classifier().values().get(field), List.of());
    }

    private Trial content(Fact fact) {
        int field = List.copyOf(writer.classifier().values().keySet()).indexOf(fact.field);
        return new Trial(
                fact.field + " = " + fact.value,
                writer.open(),
                Wanted.value(field, values(fact.field).indexOf(fact.value)),
                text -> Map.of(Trial.SUCCESS, RestaurantTexts.says(text, fact.value) ? 1.0 : 0.0));
    }

    /** The same, steered by what the model itself expects in place of a classifier. */
    private Trial phrase(Fact fact) {
        Trial trial = content(fact);
        return new Trial(trial.target(), trial.canvas(), NOTHING, " " + fact.value, Optional.empty(), trial.judge());
    }

    private List<Trial> speech(PartsOfSpeech tagger) {
        List<String> known = writer.classifier().tags();
        List<LabelledText> texts =
                heldOut.stream().filter(text -> known.containsAll(text.tags())).toList();
        return repeated(spread(texts).stream().map(text -> () -> speech(tagger, text.tags())));
    }

    /** The share of words with the wanted tag; a word too many or too few has none. */
    private Trial speech(PartsOfSpeech tagger, List<String> tags) {
        return new Trial(String.join(" ", tags), writer.open(), Wanted.tags(numbers(tags)), text -> {
            List<String> found = tagger.tags(WordVocabulary.words(text));
            long same = IntStream.range(0, Math.min(found.size(), tags.size()))
                    .filter(i -> found.get(i).equals(tags.get(i)))
                    .count();
            return Map.of(
                    Trial.SUCCESS,
                    (double) same / Math.max(found.size(), tags.size()),
                    "whole_sequences",
                    found.equals(tags) ? 1.0 : 0.0);
        });
    }

    private List<Integer> numbers(List<String> tags) {
        List<String> framed = new ArrayList<>(List.of("START"));
        framed.addAll(tags);
        framed.add("END");
        while (framed.size() < writer.model().length()) {
            framed.add("PAD");
        }
        return framed.stream().map(writer.classifier().tags()::indexOf).toList();
    }

    private IntStream lengths() {
        int longest = Math.min(LONGEST, writer.model().length() - 2);
        return IntStream.range(0, targets).map(i -> SHORTEST + i * (longest - SHORTEST) / Math.max(1, targets - 1));
    }

    /** The end is given behind as many words as are wanted. */
    private Trial length(int words) {
        Canvas canvas = writer.open(words).pin(writer.ended(words + 1));
        return new Trial(words + " words", canvas, NOTHING, text -> {
            int off = Math.abs(WordVocabulary.words(text).size() - words);
            return Map.of(Trial.SUCCESS, off <= TOLERANCE ? 1.0 : 0.0, "exact", off == 0 ? 1.0 : 0.0);
        });
    }

    /** The middle third is missing. */
    private Trial infilling(LabelledText original) {
        int[] ids = writer.tokenizer().encode(original.text());
        int third = ids.length / 3;
        int[] right = Arrays.copyOfRange(ids, ids.length - third, ids.length);
        Canvas canvas = Canvas.of(writer.model().start())
                .pin(Arrays.copyOf(ids, third))
                .extend(ids.length - 2 * third)
                .pin(right)
                .pin(writer.ended(ids.length + 1));
        return new Trial(original.text(), canvas, NOTHING, text -> {
            int[] found = writer.tokenizer().encode(text);
            boolean kept = found.length == ids.length
                    && Arrays.equals(found, 0, third, ids, 0, third)
                    && Arrays.equals(found, ids.length - third, ids.length, right, 0, third);
            Map<String, Double> measures = new LinkedHashMap<>();
            measures.put(Trial.SUCCESS, kept ? 1.0 : 0.0);
            measures.put("same_words", kept ? same(ids, found, third) : 0);
            return measures;
        });
    }

    private static double same(int[] a, int[] b, int third) {
        return IntStream.range(third, a.length - third)
                        .filter(i -> a[i] == b[i])
                        .count()
                / (double) (a.length - 2 * third);
    }

    /** One constituent of each of some held-out texts. */
    private Stream<Constituent> constituents() {
        return oneOfEach(this::worthy);
    }

    /** Those of at least two words that are not the whole text; of several with the same words the outermost. */
    private List<Constituent> worthy(LabelledText text) {
        int words = text.tags().size();
        Map<Span, Constituent> all = new LinkedHashMap<>();
        text.spans().stream()
                .filter(c -> c.length() > 1 && c.length() < words)
                .filter(c -> writer.classifier().spans().contains(c.label()))
                .forEach(c -> all.putIfAbsent(new Span(c.from(), c.to()), c));
        return List.copyOf(all.values());
    }

    private Trial constituent(Constituent wanted) {
        Span positions = new Span(wanted.from() + 1, wanted.to() + 1); // behind the token that begins the text
        int label = writer.classifier().spans().indexOf(wanted.label());
        return new Trial(
                wanted.label() + " of words " + (wanted.from() + 1) + " to " + wanted.to(),
                writer.open(),
                Wanted.constituent(positions, label),
                "",
                Optional.of(wanted),
                text -> Map.of());
    }

    /** One of what each of some held-out texts has, which one by the text's length. */
    private <T> Stream<T> oneOfEach(Function<LabelledText, List<T>> all) {
        List<LabelledText> having =
                heldOut.stream().filter(text -> !all.apply(text).isEmpty()).toList();
        return spread(having).stream().map(text -> {
            List<T> own = all.apply(text);
            return own.get(text.text().length() % own.size());
        });
    }

    /** Texts of which every word has a token of its own. */
    private List<LabelledText> known() {
        return heldOut.stream()
                .filter(text -> Arrays.stream(writer.tokenizer().encode(text.text()))
                        .noneMatch(id -> id == writer.model().unknown()))
                .toList();
    }

    /** Texts that fit, evenly from the first to the last. */
    private List<LabelledText> spread(List<LabelledText> texts) {
        List<LabelledText> fitting = texts.stream()
                .filter(text -> text.tags().size() + 2 <= writer.model().length())
                .toList();
        if (fitting.isEmpty()) {
            throw new IllegalArgumentException("no held-out text has what the task needs: labels that the classifier"
                    + " knows as well; spans come from SyntaxTrees");
        }
        return IntStream.range(0, targets)
                .mapToObj(i -> fitting.get((int) ((long) i * fitting.size() / targets)))
                .toList();
    }
}
