package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.model.architecture.Llama;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Lets a model write the text it will be adapted on: its own answers are what its other mode has to draft.
 *
 * <p>Prompts of similar length make a wave, whose answers are written together, one token each a step, until all have ended.
 * An answer depends on its prompt, its number and the seed alone, up to rounding: sums over a wave of another shape may differ
 * in their last bits, and a draw that falls between two tokens may then take the other. Answers are appended to the file as
 * they end, so that a run that is stopped goes on with those that are missing.
 */
public final class SelfGeneration {

    /** Tokens beyond the likeliest {@value} are never drawn. */
    private static final int CANDIDATES = 256;

    /** Rows of ended answers are computed in vain as long as fewer than a quarter are: to take them out copies the others. */
    private static final double STILL_FULL = 0.75;

    private static final int REPORT_EVERY = 200; // steps
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * How answers are drawn.
     *
     * @param temperatures used in turn, one a prompt
     * @param topP the share of the distribution that is drawn from
     * @param answerTokens the longest answer
     * @param batch how many answers are written together
     * @param stopIds tokens that end an answer
     */
    public record Settings(
            List<Double> temperatures, double topP, int answerTokens, int batch, Set<Integer> stopIds, long seed) {

        public Settings {
            temperatures = List.copyOf(temperatures);
            stopIds = Set.copyOf(stopIds);
            boolean positive = temperatures.stream().allMatch(t -> t > 0);
            if (temperatures.isEmpty() || !positive || !(topP > 0 && topP <= 1) || answerTokens < 1 || batch < 1) {
                throw new IllegalArgumentException(
                        "self-generation needs positive temperatures, top-p within (0, 1], and at"
                                + " least one token and one answer at a time; got " + temperatures + ", " + topP + ", "
                                + answerTokens + ", " + batch);
            }
        }
    }

    /** One answer in the making: its tokens so far, prompt first. */
    private final class Answer {
        final int number;
        final int[] prompt;
        final double temperature;
        final Seed seed;
        final int[] ids;
        int length;
        boolean ended;

        Answer(int number, int[] prompt) {
            this.number = number;
            this.prompt = prompt;
            temperature = settings.temperatures.get(number % settings.temperatures.size());
            seed = Seed.of(settings.seed).child(number);
            ids = Arrays.copyOf(prompt, prompt.length + settings.answerTokens);
            length = prompt.length;
        }

        void add(int id) {
            ids[length++] = id;
            ended = settings.stopIds.contains(id) || length == ids.length;
        }

        int last() {
            return ids[length - 1];
        }
    }

    private final Llama model;
    private final Settings settings;
    private final Path file;
    private final Consumer<String> progress;
    private long written;
    private int finished;

    /** Answers of {@code model}'s own weights, without an adapter. */
    public SelfGeneration(Llama model, Settings settings, Path file, Consumer<String> progress) {
        this.model = model;
        this.settings = settings;
        this.file = file;
        this.progress = progress;
    }

    /** Writes the answers to {@code prompts} that the file lacks. */
    public void run(List<int[]> prompts) {
        Set<Integer> done = done();
        List<Answer> missing = IntStream.range(0, prompts.size())
                .filter(i -> !done.contains(i))
                .mapToObj(i -> new Answer(i, prompts.get(i)))
                .toList();
        Report report = new Report(done.size(), prompts.size(), System.nanoTime());
        waves(missing).forEach(wave -> write(wave, report));
    }

    /** Prompts of similar length together; the waves in an order that has nothing to do with it. */
    private List<List<Answer>> waves(List<Answer> answers) {
        List<Answer> sorted = answers.stream()
                .sorted(Comparator.comparingInt(a -> a.prompt.length))
                .toList();
        Seed order = Seed.of(settings.seed).child(-1);
        return IntStream.iterate(0, i -> i < sorted.size(), i -> i + settings.batch)
                .mapToObj(i -> sorted.subList(i, Math.min(i + settings.batch, sorted.size())))
                .sorted(Comparator.comparingLong(
                        wave -> order.child(wave.get(0).number).value()))
                .toList();
    }

    /** Writes one wave, step by step, until all its answers have ended. */
    private void write(List<Answer> answers, Report report) {
        List<Answer> rows = answers;
        try (Wave wave = new Wave(model, rows.stream().map(a -> a.prompt).toList(), settings.answerTokens)) {
            step(rows, wave::begin);
            for (int step = 1; !rows.stream().allMatch(a -> a.ended); step++) {
                List<Answer> open = rows.stream().filter(a -> !a.ended).toList();
                if (open.size() <= STILL_FULL * rows.size()) {
                    wave.keep(open.stream().mapToInt(rows::indexOf).toArray());
                    rows = open;
                }
                int[] last = rows.stream().mapToInt(Answer::last).toArray();
                step(rows, () -> wave.next(last));
                if (step % REPORT_EVERY == 0) {
                    report.send();
                }
            }
        }
        report.send();
    }

    /** How the run is getting on. */
    private final class Report {
        private final int before;
        private final int all;
        private final long begun;

        Report(int before, int all, long begun) {
            this.before = before;
            this.all = all;
            this.begun = begun;
        }

        void send() {
            progress.accept(String.format(
                    Locale.ROOT,
                    "self-written text: %d of %d answers, %.0f tokens/s",
                    before + finished,
                    all,
                    written / ((System.nanoTime() - begun) / 1e9)));
        }
    }

    /** One more token, drawn from {@code logits} (B, V), for each of {@code rows} that has not ended. */
    private void step(List<Answer> rows, Supplier<Tensor> logits) {
        try (Scope memory = Scope.inference()) {
            Tensor.Top top = likeliest(logits.get(), rows);
            float[] probabilities = top.values().toFloats();
            int[] ids = top.indices().toInts();
            int candidates = ids.length / rows.size();
            for (int i = 0; i < rows.size(); i++) {
                Answer answer = rows.get(i);
                if (!answer.ended) {
                    float[] own = Arrays.copyOfRange(probabilities, i * candidates, (i + 1) * candidates);
                    answer.add(ids[i * candidates + drawn(own, answer.seed.uniform())]);
                    written++;
                    if (answer.ended) {
                        finish(answer);
                    }
                }
            }
        }
    }

    /** The likeliest tokens of each row, with their probabilities at its answer's temperature. */
    private static Tensor.Top likeliest(Tensor logits, List<Answer> rows) { // (B, V) -> (B, CANDIDATES)
        float[] temperatures = new float[rows.size()];
        for (int i = 0; i < temperatures.length; i++) {
            temperatures[i] = (float) rows.get(i).temperature;
        }
        int candidates = (int) Math.min(CANDIDATES, logits.size(1));
        return logits.div(Tensor.of(temperatures).unsqueeze(1)).softmax(-1).topk(candidates, -1);
    }

    /** The index of a draw from the nucleus of probabilities that fall. */
    private int drawn(float[] probabilities, double uniform) {
        double mass = 0;
        int size = 0;
        while (size < probabilities.length && mass < settings.topP) {
            mass += probabilities[size++];
        }
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += probabilities[i];
            if (sum > uniform * mass) {
                return i;
            }
        }
        return size - 1;
    }

    private void finish(Answer answer) {
        finished++;
        ObjectNode line = JSON.createObjectNode();
        line.put("number", answer.number);
        line.put("start", answer.prompt.length);
        Arrays.stream(answer.ids, 0, answer.length).forEach(line.putArray("ids")::add);
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }

    /** The numbers of the answers in the file, which is cut behind its last whole line. */
    private Set<Integer> done() {
        List<String> lines = ExampleFile.completeLines(file);
        Set<Integer> numbers = new HashSet<>();
        try {
            if (Files.exists(file)) {
                Files.write(file, lines);
            }
            for (String line : lines) {
                numbers.add(JSON.readTree(line).path("number").asInt(-1));
            }
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "is not a file of self-written answers: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
        return numbers;
    }
}
