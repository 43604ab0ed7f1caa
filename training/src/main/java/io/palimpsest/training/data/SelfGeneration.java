package io.palimpsest.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets a model write the text it will be adapted on: its own answers are what its other mode has to draft.
 *
 * <p>Many canvases advance together, each by one hidden position, which the autoregressive mode fills. Every answer depends
 * on its prompt, its number and the seed alone. Answers are appended to the file as they are finished, so that a run that is
 * stopped goes on with those that are missing.
 */
public final class SelfGeneration {

    /** Tokens beyond the likeliest {@value} are never drawn. */
    private static final int CANDIDATES = 256;

    private static final int REPORT_EVERY = 200;
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

    /** One answer in the making. */
    private record Answer(int number, int start, Canvas canvas, double temperature, Seed seed) {}

    private final Denoiser denoiser;
    private final Settings settings;
    private final Path file;
    private final Consumer<String> progress;
    private long written;
    private int finished;

    public SelfGeneration(Denoiser denoiser, Settings settings, Path file, Consumer<String> progress) {
        this.denoiser = denoiser;
        this.settings = settings;
        this.file = file;
        this.progress = progress;
    }

    /** Writes the answers to {@code prompts} that the file lacks. */
    public void run(List<int[]> prompts) {
        Set<Integer> done = done();
        Deque<Answer> waiting = new ArrayDeque<>();
        for (int i = 0; i < prompts.size(); i++) {
            if (!done.contains(i)) {
                waiting.add(answer(i, prompts.get(i)));
            }
        }
        List<Answer> active = new ArrayList<>();
        long begun = System.nanoTime();
        for (int step = 1; !waiting.isEmpty() || !active.isEmpty(); step++) {
            while (active.size() < settings.batch && !waiting.isEmpty()) {
                active.add(waiting.remove());
            }
            active.removeAll(step(active));
            if (step % REPORT_EVERY == 0) {
                report(done.size(), prompts.size(), (System.nanoTime() - begun) / 1e9);
            }
        }
    }

    private Answer answer(int number, int[] prompt) {
        double temperature = settings.temperatures.get(number % settings.temperatures.size());
        return new Answer(
                number,
                prompt.length,
                Canvas.of(prompt),
                temperature,
                Seed.of(settings.seed).child(number));
    }

    private void report(int before, int all, double seconds) {
        progress.accept(String.format(
                java.util.Locale.ROOT,
                "self-written text: %d of %d answers, %.0f tokens/s",
                before + finished,
                all,
                written / seconds));
    }

    /** One more token for each; those that are finished. */
    private List<Answer> step(List<Answer> active) {
        List<Answer> ended = new ArrayList<>();
        try (Scope memory = Scope.inference()) {
            List<Denoiser.View> views = active.stream()
                    .map(a -> new Denoiser.View(a.canvas.extend(1), new Span(a.canvas.length() - 1, a.canvas.length())))
                    .toList();
            Tensor logits = Tensor.cat(denoiser.logits(views), 0); // (active, V)
            float[] temperatures = new float[active.size()];
            for (int i = 0; i < temperatures.length; i++) {
                temperatures[i] = (float) active.get(i).temperature;
            }
            int candidates = (int) Math.min(CANDIDATES, logits.size(1));
            Tensor.Top top =
                    logits.div(Tensor.of(temperatures).unsqueeze(1)).softmax(-1).topk(candidates, -1);
            float[] probabilities = top.values().toFloats();
            int[] ids = top.indices().toInts();
            for (int i = 0; i < temperatures.length; i++) {
                Answer answer = active.get(i);
                float[] own = Arrays.copyOfRange(probabilities, i * candidates, (i + 1) * candidates);
                int id = ids[i * candidates + drawn(own, answer.seed.uniform())];
                answer.canvas.commit(answer.canvas.length() - 1, id, 1);
                written++;
                if (settings.stopIds.contains(id) || answer.canvas.length() - answer.start >= settings.answerTokens) {
                    ended.add(answer);
                }
            }
        }
        ended.forEach(this::finish);
        return ended;
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
        denoiser.release(answer.canvas);
        finished++;
        ObjectNode line = JSON.createObjectNode();
        line.put("number", answer.number);
        line.put("start", answer.start);
        Arrays.stream(answer.canvas.ids(answer.canvas.span())).forEach(line.putArray("ids")::add);
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
