package io.palimpsest.training.evaluation;

import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Score;
import io.palimpsest.training.data.Question;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How often a model gives the right one of several answers the highest likelihood, as lm-eval (EleutherAI's Language Model
 * Evaluation Harness) scores multiple choice: exactly for models with an autoregressive mode, by a bound on the likelihood for
 * others, which is hidden alike in all answers to a question.
 *
 * @param accuracy the share of questions where the right answer has the highest likelihood
 * @param accuracyNormalised the same where likelihoods are divided by the answers' lengths in characters
 * @param chance what guessing would get
 * @param standardError of the accuracy
 * @param calibrationError of the likeliest answer's share of the likelihood of all answers
 * @param nats the mean negative log-likelihood of the right answer
 * @param kind {@code exact} or {@code bound}
 * @param draws how many hidings of each answer a bound was estimated from
 */
public record ChoiceReport(
        String model,
        int questions,
        double accuracy,
        double accuracyNormalised,
        double chance,
        double standardError,
        double calibrationError,
        double nats,
        String kind,
        int draws) {

    private static final int REPORT_EVERY = 10;

    /** Asks {@code engine} all questions of {@code file}. */
    public static ChoiceReport measure(Engine engine, Path file, int draws, long seed, Consumer<String> progress) {
        Tally tally = new Tally();
        List<Question> questions = Question.read(file);
        for (Question question : questions) {
            tally.add(question, scores(engine, question, draws, seed));
            if (tally.questions % REPORT_EVERY == 0) {
                progress.accept(tally.questions + " of " + questions.size() + " questions: " + tally.hits + " right");
            }
        }
        return tally.report(engine.model().name(), draws);
    }

    /** Each answer behind its question, as lm-eval asks: a colon, and a space before the answer. */
    private static List<Score> scores(Engine engine, Question question, int draws, long seed) {
        String context = "Question: " + question.question() + "\nAnswer:";
        return question.choices().stream()
                .map(choice -> engine.continuation(context, " " + choice, draws, seed))
                .toList();
    }

    /** What has been counted so far. */
    private static final class Tally {
        private final Calibration calibration = new Calibration();
        private int questions;
        private int hits;
        private int hitsNormalised;
        private double chance;
        private double nats;
        private boolean bound;

        void add(Question question, List<Score> scores) {
            double[] logs = scores.stream()
                    .mapToDouble(s -> -s.natsPerToken() * s.tokens())
                    .toArray();
            double[] normalised = new double[logs.length];
            for (int i = 0; i < logs.length; i++) {
                normalised[i] = logs[i] / question.choices().get(i).length();
            }
            int chosen = best(logs);
            questions++;
            hits += chosen == question.answer() ? 1 : 0;
            hitsNormalised += best(normalised) == question.answer() ? 1 : 0;
            chance += 1.0 / logs.length;
            nats -= logs[question.answer()];
            bound |= scores.get(0).bound();
            double all =
                    Arrays.stream(logs).map(l -> Math.exp(l - logs[chosen])).sum();
            calibration.add(1 / all, chosen == question.answer());
        }

        private static int best(double[] values) {
            int best = 0;
            for (int i = 1; i < values.length; i++) {
                best = values[i] > values[best] ? i : best;
            }
            return best;
        }

        ChoiceReport report(String model, int draws) {
            double n = questions;
            double accuracy = hits / n;
            return new ChoiceReport(
                    model,
                    questions,
                    accuracy,
                    hitsNormalised / n,
                    chance / n,
                    Math.sqrt(accuracy * (1 - accuracy) / n),
                    calibration.error(),
                    nats / n,
                    bound ? "bound" : "exact",
                    bound ? draws : 1);
        }
    }

    /** The numbers by name. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("kind", kind);
        map.put("questions", questions);
        map.put("accuracy", accuracy);
        map.put("accuracy_normalised", accuracyNormalised);
        map.put("chance", chance);
        map.put("standard_error", standardError);
        map.put("calibration_error", calibrationError);
        map.put("nats_of_the_right_answer", nats);
        map.put("draws", draws);
        return map;
    }
}
