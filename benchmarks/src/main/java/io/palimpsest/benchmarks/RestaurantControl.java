package io.palimpsest.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.EmbeddingGuidance;
import io.palimpsest.diffusion.denoiser.EmbeddingRefinement;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Refining;
import io.palimpsest.diffusion.sampler.Sampler;
import io.palimpsest.diffusion.sampler.TokenChoice;
import io.palimpsest.diffusion.sampler.Unmasking;
import io.palimpsest.model.denoiser.ClassifierGuidance;
import io.palimpsest.model.denoiser.ClassifierGuidance.Wanted;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.model.folder.TextClassifier;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.LabelledText;
import io.palimpsest.training.scratch.WordVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Diffusion-LM's control tasks (arXiv:2205.14217, section 5) on a model of restaurant texts: what is wanted is taken from held-out texts, and
 * a sample counts by the paper's rules.
 *
 * <pre>
 * semantic content  a field's value stands in the text, word for word
 * parts of speech   the share of words whose tag, by an independent tagger, is the wanted one
 * length            the text has the wanted number of words, give or take 2
 * infilling         the words before and behind a gap are as given; and how often the gap is what was there
 * </pre>
 *
 * <pre>RestaurantControl MODEL HELD-OUT.jsonl.gz OUT.json TASKS TARGETS SAMPLES STEPS BATCH [FIELD-SCALE [TAG-SCALE [ETA]]]</pre>
 */
public final class RestaurantControl {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOLERANCE = 2;
    private static final int SHORTEST = 10;
    private static final int LONGEST = 40;

    private final EmbeddingDitModel model;
    private final TextClassifier classifier;
    private final Tokenizer tokenizer;
    private final int steps;
    private final int batch;
    private final double fieldScale;
    private final double tagScale;
    private final ReverseStep reverse;
    private final int start;
    private final int end;

    /** A text to write: its canvas, and what it is to be. */
    private record Task(Canvas canvas, Wanted wanted, Seed seed) {}

    private RestaurantControl(Path folder, String[] settings) {
        model = EmbeddingDitModel.load(folder, Precision.FP32);
        classifier = TextClassifier.load(folder, Precision.FP32);
        tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"));
        steps = Integer.parseInt(settings[0]);
        batch = Integer.parseInt(settings[1]);
        fieldScale = settings.length > 2 ? Double.parseDouble(settings[2]) : 5;
        tagScale = settings.length > 3 ? Double.parseDouble(settings[3]) : 5;
        reverse = ReverseStep.implicit(settings.length > 4 ? Double.parseDouble(settings[4]) : 1);
        start = tokenizer.id(WordVocabulary.START).orElseThrow();
        end = tokenizer.id(WordVocabulary.END).orElseThrow();
    }

    public static void main(String[] args) throws IOException {
        RestaurantControl control = new RestaurantControl(Path.of(args[0]), Arrays.copyOfRange(args, 6, args.length));
        List<LabelledText> heldOut = LabelledText.read(Path.of(args[1]));
        int targets = Integer.parseInt(args[4]);
        int samples = Integer.parseInt(args[5]);
        ObjectNode out = JSON.createObjectNode();
        for (String task : args[3].split(",")) {
            long began = System.nanoTime();
            ObjectNode result = out.putObject(task);
            switch (task) {
                case "none" -> control.free(targets * samples, result);
                case "content" -> control.content(heldOut, targets, samples, result);
                case "speech" -> control.speech(heldOut, targets, samples, result);
                case "length" -> control.length(heldOut, targets, samples, result);
                case "infill" -> control.infill(heldOut, targets, samples, result);
                default -> throw new IllegalArgumentException("there is no task '" + task + "'");
            }
            result.put("seconds", (System.nanoTime() - began) / 1e9);
            print(task, result);
            Files.writeString(
                    Path.of(args[2]), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(out));
        }
    }

    private static void print(String task, ObjectNode result) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-10s", task));
        result.properties().forEach(field -> {
            if (field.getValue().isNumber()) {
                line.append(String.format(
                        Locale.ROOT,
                        "  %s %.3f",
                        field.getKey(),
                        field.getValue().doubleValue()));
            }
        });
        System.out.println(line);
        ArrayNode texts = result.withArray("texts");
        IntStream.range(0, Math.min(5, texts.size()))
                .forEach(i -> System.out.println("    " + texts.get(i).asText()));
    }

    private void free(int count, ObjectNode result) {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(task(open(), new Wanted(List.of(), Map.of()), i));
        }
        texts(write(tasks, EmbeddingGuidance.none()), result);
    }

    /** One field of each of some held-out texts. */
    private void content(List<LabelledText> heldOut, int targets, int samples, ObjectNode result) {
        List<String> fields = List.copyOf(classifier.values().keySet());
        Set<List<String>> wanted = new LinkedHashSet<>();
        Seed seed = Seed.of(11);
        for (int i = 0; wanted.size() < targets && i < heldOut.size(); i++) {
            List<Map.Entry<String, String>> said = heldOut.get(i).fields().entrySet().stream()
                    .filter(e -> !e.getKey().equals(RestaurantTexts.NOT_LITERAL))
                    .filter(e -> classifier.values().get(e.getKey()).contains(e.getValue()))
                    .toList();
            if (!said.isEmpty()) {
                Map.Entry<String, String> one = said.get(seed.below(said.size()));
                wanted.add(List.of(one.getKey(), one.getValue()));
            }
        }
        List<Task> tasks = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (List<String> one : wanted) {
            int field = fields.indexOf(one.get(0));
            int value =
                    Objects.requireNonNull(classifier.values().get(one.get(0))).indexOf(one.get(1));
            for (int s = 0; s < samples; s++) {
                tasks.add(task(open(), Wanted.value(field, value), tasks.size()));
                values.add(one.get(1));
            }
        }
        List<String> texts = write(tasks, guidance(tasks, fieldScale));
        Map<String, int[]> byValue = new LinkedHashMap<>();
        int hits = 0;
        for (int i = 0; i < texts.size(); i++) {
            boolean hit = RestaurantTexts.says(texts.get(i), values.get(i));
            hits += hit ? 1 : 0;
            int[] own = byValue.computeIfAbsent(values.get(i), v -> new int[2]);
            own[0] += hit ? 1 : 0;
            own[1]++;
        }
        result.put("targets", wanted.size()).put("samples", texts.size());
        result.put("success", 100.0 * hits / texts.size());
        ObjectNode detail = result.putObject("by_value");
        byValue.forEach((value, count) -> detail.put(value, 100.0 * count[0] / count[1]));
        texts(texts, result);
    }

    /** The tags of held-out texts. */
    private void speech(List<LabelledText> heldOut, int targets, int samples, ObjectNode result) {
        PartsOfSpeech tagger = new PartsOfSpeech();
        List<Task> tasks = new ArrayList<>();
        List<List<String>> wanted = new ArrayList<>();
        for (LabelledText text : spread(heldOut, targets)) {
            List<String> tags = new ArrayList<>(List.of("START"));
            tags.addAll(text.tags());
            tags.add("END");
            while (tags.size() < model.length()) {
                tags.add("PAD");
            }
            List<Integer> ids = tags.stream().map(classifier.tags()::indexOf).toList();
            for (int s = 0; s < samples; s++) {
                tasks.add(task(open(), Wanted.tags(ids), tasks.size()));
                wanted.add(text.tags());
            }
        }
        List<String> texts = write(tasks, guidance(tasks, tagScale));
        double share = 0;
        int whole = 0;
        for (int i = 0; i < texts.size(); i++) {
            List<String> found = tagger.tags(WordVocabulary.words(texts.get(i)));
            List<String> own = wanted.get(i);
            long same = IntStream.range(0, Math.min(found.size(), own.size()))
                    .filter(w -> found.get(w).equals(own.get(w)))
                    .count();
            share += (double) same / Math.max(found.size(), own.size());
            whole += found.equals(own) ? 1 : 0;
        }
        result.put("targets", targets).put("samples", texts.size());
        result.put("success", 100 * share / texts.size());
        result.put("whole_sequences", 100.0 * whole / texts.size());
        texts(texts, result);
    }

    /** Lengths in words, the end pinned behind them. */
    private void length(List<LabelledText> heldOut, int targets, int samples, ObjectNode result) {
        List<Task> tasks = new ArrayList<>();
        List<Integer> wanted = new ArrayList<>();
        for (int t = 0; t < targets; t++) {
            int words = SHORTEST + t * (LONGEST - SHORTEST) / Math.max(1, targets - 1);
            for (int s = 0; s < samples; s++) {
                Canvas canvas = Canvas.of(start).extend(words).pin(ended(words + 1));
                tasks.add(task(canvas, new Wanted(List.of(), Map.of()), tasks.size()));
                wanted.add(words);
            }
        }
        List<String> texts = write(tasks, EmbeddingGuidance.none());
        int hits = 0;
        int exact = 0;
        for (int i = 0; i < texts.size(); i++) {
            int off = Math.abs(tokenizer.encode(texts.get(i)).length - wanted.get(i));
            hits += off <= TOLERANCE ? 1 : 0;
            exact += off == 0 ? 1 : 0;
        }
        result.put("targets", targets).put("samples", texts.size());
        result.put("success", 100.0 * hits / texts.size()).put("exact", 100.0 * exact / texts.size());
        texts(texts, result);
    }

    /** Held-out texts without their middle third. */
    private void infill(List<LabelledText> heldOut, int targets, int samples, ObjectNode result) {
        List<Task> tasks = new ArrayList<>();
        List<int[]> originals = new ArrayList<>();
        for (LabelledText text : spread(heldOut, targets)) {
            int[] ids = tokenizer.encode(text.text());
            for (int s = 0; s < samples; s++) {
                tasks.add(task(gapped(ids), new Wanted(List.of(), Map.of()), tasks.size()));
                originals.add(ids);
            }
        }
        List<String> texts = write(tasks, EmbeddingGuidance.none());
        int kept = 0;
        double same = 0;
        for (int i = 0; i < texts.size(); i++) {
            Canvas canvas = tasks.get(i).canvas;
            int[] ids = originals.get(i);
            int third = ids.length / 3;
            int[] filled = canvas.ids(new Span(1, 1 + ids.length));
            kept += Arrays.equals(filled, 0, third, ids, 0, third)
                            && Arrays.equals(
                                    filled, ids.length - third, ids.length, ids, ids.length - third, ids.length)
                    ? 1
                    : 0;
            same += IntStream.range(third, ids.length - third)
                            .filter(p -> filled[p] == ids[p])
                            .count()
                    / (double) (ids.length - 2 * third);
        }
        result.put("targets", targets).put("samples", texts.size());
        result.put("kept", 100.0 * kept / texts.size()).put("same_words", 100 * same / texts.size());
        texts(texts, result);
    }

    private Canvas gapped(int[] ids) {
        int third = ids.length / 3;
        return Canvas.of(start)
                .pin(Arrays.copyOf(ids, third))
                .extend(ids.length - 2 * third)
                .pin(Arrays.copyOfRange(ids, ids.length - third, ids.length))
                .pin(ended(ids.length + 1));
    }

    /** The end and the padding of a text whose words fill positions before {@code from}. */
    private int[] ended(int from) {
        int[] rest = new int[model.length() - from];
        Arrays.fill(rest, model.padding());
        rest[0] = end;
        return rest;
    }

    private List<LabelledText> spread(List<LabelledText> heldOut, int targets) {
        List<LabelledText> fitting = heldOut.stream()
                .filter(text -> text.tags().size() + 2 <= model.length())
                .filter(text -> classifier.tags().containsAll(text.tags()))
                .toList();
        return IntStream.range(0, targets)
                .mapToObj(i -> fitting.get((int) ((long) i * fitting.size() / targets)))
                .toList();
    }

    private Canvas open() {
        return Canvas.of(start).extend(model.length() - 1);
    }

    private static Task task(Canvas canvas, Wanted wanted, int number) {
        return new Task(canvas, wanted, Seed.of(7).child(number));
    }

    private EmbeddingGuidance guidance(List<Task> tasks, double scale) {
        Map<Canvas, Wanted> wanted = new IdentityHashMap<>();
        tasks.forEach(task -> wanted.put(task.canvas, task.wanted));
        return new ClassifierGuidance(
                classifier.network(), canvas -> Objects.requireNonNull(wanted.get(canvas)), scale);
    }

    private List<String> write(List<Task> tasks, EmbeddingGuidance guidance) {
        Map<Canvas, Seed> seeds = new IdentityHashMap<>();
        tasks.forEach(task -> seeds.put(task.canvas, task.seed));
        List<String> texts = new ArrayList<>();
        try (EmbeddingRefinement denoiser = new EmbeddingRefinement(
                model.network(),
                model.walk(),
                steps,
                reverse,
                guidance,
                canvas -> Objects.requireNonNull(seeds.get(canvas)))) {
            Sampler sampler = new Sampler(
                    denoiser,
                    Blocks.whole().stoppingAt(Set.of(end)),
                    TokenChoice.of(0, 1),
                    Unmasking.threshold(0),
                    new Refining(steps));
            for (int from = 0; from < tasks.size(); from += batch) {
                List<Task> part = tasks.subList(from, Math.min(tasks.size(), from + batch));
                sampler.fill(part.stream()
                        .map(task -> new Fill(task.canvas, task.seed, frame -> {}))
                        .toList());
                part.forEach(task -> texts.add(text(task.canvas)));
            }
        }
        return texts;
    }

    private String text(Canvas canvas) {
        int length = canvas.length();
        for (int i = 0; i < canvas.length(); i++) {
            if (canvas.state(i) != State.HIDDEN && canvas.id(i) == end) {
                length = i;
                break;
            }
        }
        return tokenizer.decode(canvas.ids(new Span(1, length)));
    }

    private static void texts(List<String> texts, ObjectNode result) {
        ArrayNode array = result.putArray("texts");
        texts.forEach(array::add);
    }
}
