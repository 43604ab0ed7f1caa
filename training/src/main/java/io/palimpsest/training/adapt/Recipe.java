package io.palimpsest.training.adapt;

import io.palimpsest.training.settings.TrainerSettings;
import io.palimpsest.training.settings.YamlFile;
import io.palimpsest.training.trainer.LearningRate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything an adaptation depends on, as one YAML file. Every key must be there, so that a recipe can be read without this
 * class; relative paths start at the recipe's own folder.
 *
 * @param base a model folder, or one GGUF file
 * @param output where texts, checkpoints, the report and the adapted model go
 * @param heldOut the share of all texts that is kept away from training
 * @param evaluate how much is measured at the end
 */
public record Recipe(
        String base,
        String output,
        long seed,
        int threads,
        double heldOut,
        SelfText selfText,
        List<PlainText> plainText,
        List<String> examples,
        Adapter adapter,
        Objective objective,
        Training training,
        Smoothing smoothing,
        Evaluate evaluate) {

    /** How much is measured at the end. */
    public enum Evaluate {
        NONE,
        QUICK,
        FULL
    }

    /**
     * What the base model writes itself.
     *
     * @param prompts JSON lines, each with a text and its {@code kind}
     * @param quotas how many prompts of each kind; none to do without the file
     * @param mostWords longer prompts are left out
     * @param templateRounds how many times our own templates are asked
     * @param temperatures one a prompt, in turn
     * @param answerTokens the longest answer
     * @param batch answers written together
     */
    public record SelfText(
            String prompts,
            Map<String, Integer> quotas,
            int mostWords,
            int templateRounds,
            List<Double> temperatures,
            double topP,
            int answerTokens,
            int batch) {}

    /** {@code examples} passages of a text file, each of at most {@code tokens}. */
    public record PlainText(String file, int examples, int tokens) {}

    /**
     * The shape of what is trained.
     *
     * @param samplerHidden the width of the head that makes drafts depend on each other; 0 for none
     * @param continuousState whether hidden positions carry what a pass expected of them into the next
     * @param from the folder of an adapter to start from; "" for a fresh one
     */
    public record Adapter(
            int rank, double alpha, int entryLayer, int samplerHidden, boolean continuousState, String from) {}

    /** The numbers of {@link io.palimpsest.training.objective.MaskedNextToken.Settings}. */
    public record Objective(
            List<Integer> blockLengths,
            double fullyHidden,
            double rightContext,
            double soft,
            int tilings,
            int teacherTokens,
            double stated) {}

    /**
     * How it is trained.
     *
     * @param longest sequences are cut to so many tokens
     * @param batch sequences a pass
     * @param accumulate passes a step
     * @param snapshotEvery steps between copies of the adapter that are kept under OUTPUT/snapshots; 0 for none
     */
    public record Training(
            int steps,
            int batch,
            int accumulate,
            int longest,
            LearningRate learningRate,
            double weightDecay,
            double clip,
            double checkpointMinutes,
            int reportEvery,
            int measureEvery,
            int snapshotEvery) {

        /** The same without recomputation and moving average, for which a recipe has no keys. */
        TrainerSettings trainer() {
            return new TrainerSettings(
                    steps,
                    batch,
                    accumulate,
                    learningRate,
                    weightDecay,
                    clip,
                    false,
                    0,
                    checkpointMinutes,
                    reportEvery,
                    measureEvery);
        }
    }

    /** The exponents tried for 8-bit scales; none to do without, or to keep what the base has. */
    public record Smoothing(List<Double> alphas) {}

    /** Reads a recipe. */
    public static Recipe read(Path file) {
        return YamlFile.read(file, Recipe.class);
    }
}
