package io.palimpsest.diffusion.process;

import io.palimpsest.tensor.Tensor;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Diffusion by normal noise in steps 0 .. T-1 (DDPM, arXiv:2006.11239): {@code x_t = √ᾱ_t x₀ + √(1 - ᾱ_t) ε}, and what is known
 * of x_{t-1} when x_t and x₀ are. All tables are kept in double precision.
 *
 * <p>A process may visit only some steps of the one a network was trained with ({@link #respaced}); the network is then told
 * the original ones.
 */
public final class GaussianProcess {

    /** Networks are told times as if there had been this many steps. */
    private static final double TOLD_STEPS = 1000;

    private final double[] betas;
    private final double[] alphaBars;
    private final int[] originals;
    private final int originalSteps;

    private GaussianProcess(double[] betas, int[] originals, int originalSteps) {
        this.betas = betas;
        this.originals = originals;
        this.originalSteps = originalSteps;
        this.alphaBars = new double[betas.length];
        double product = 1;
        for (int i = 0; i < betas.length; i++) {
            product *= 1 - betas[i];
            alphaBars[i] = product;
        }
    }

    /** The process that adds variances {@code betas}. */
    public static GaussianProcess of(double[] betas) {
        return new GaussianProcess(
                betas.clone(), IntStream.range(0, betas.length).toArray(), betas.length);
    }

    /** The process of {@code steps} steps under {@code schedule}. */
    public static GaussianProcess of(GaussianSchedule schedule, int steps) {
        return of(schedule.betas(steps));
    }

    /**
     * This process with fewer steps (arXiv:2102.09672).
     *
     * @param spacing how many steps to take from each of as many equal sections, such as {@code "200"} or {@code "10,5"}; or
     *     {@code "ddim50"} for 50 steps at one whole distance
     * @throws IllegalArgumentException where the process has no such steps
     */
    public GaussianProcess respaced(String spacing) {
        int[] kept = spacing.startsWith("ddim")
                ? strided(count(spacing.substring("ddim".length())))
                : sections(List.of(spacing.split(",")));
        double[] fewer = new double[kept.length];
        int[] times = new int[kept.length];
        double last = 1;
        for (int i = 0; i < kept.length; i++) {
            fewer[i] = 1 - alphaBars[kept[i]] / last;
            last = alphaBars[kept[i]];
            times[i] = originals[kept[i]];
        }
        return new GaussianProcess(fewer, times, originalSteps);
    }

    private int[] strided(int wanted) {
        for (int stride = 1; stride < steps(); stride++) {
            if ((steps() + stride - 1) / stride == wanted) {
                int distance = stride;
                return IntStream.range(0, wanted).map(i -> i * distance).toArray();
            }
        }
        throw new IllegalArgumentException(wanted + " steps are no whole share of " + steps());
    }

    private int[] sections(List<String> counts) {
        TreeSet<Integer> kept = new TreeSet<>();
        int start = 0;
        for (int i = 0; i < counts.size(); i++) {
            int size = steps() / counts.size() + (i < steps() % counts.size() ? 1 : 0);
            int wanted = count(counts.get(i));
            if (wanted > size) {
                throw new IllegalArgumentException("a section of " + size + " steps cannot give " + wanted);
            }
            double distance = wanted <= 1 ? 1 : (size - 1.0) / (wanted - 1);
            double at = 0;
            for (int j = 0; j < wanted; j++) { // summed, not multiplied: the published code decides halves so
                kept.add(start + (int) Math.rint(at));
                at += distance;
            }
            start += size;
        }
        return kept.stream().mapToInt(step -> step).toArray();
    }

    private static int count(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "spacing should be counts such as 200 or 10,5, or ddim50, but has '" + text + "'", e);
        }
    }

    /** The number of steps, T. */
    public int steps() {
        return betas.length;
    }

    /** The variance that step {@code step} adds. */
    public double beta(int step) {
        return betas[step];
    }

    /** ᾱ: the share of the signal's variance that is left after step {@code step}; 1 before the first. */
    public double alphaBar(int step) {
        return step < 0 ? 1 : alphaBars[step];
    }

    /** The number that step {@code step} had in the process this one was respaced from. */
    public int original(int step) {
        return originals[step];
    }

    /** What networks are told of step {@code step}: its original number, scaled as if there were 1000. */
    public double told(int step) {
        return originals[step] * TOLD_STEPS / originalSteps;
    }

    /** The weight of x₀ in the mean of x_{t-1} given both ends. */
    public double posteriorStartWeight(int step) {
        return betas[step] * Math.sqrt(alphaBar(step - 1)) / (1 - alphaBars[step]);
    }

    /** The weight of x_t in the mean of x_{t-1} given both ends. */
    public double posteriorNoisedWeight(int step) {
        return (1 - alphaBar(step - 1)) * Math.sqrt(1 - betas[step]) / (1 - alphaBars[step]);
    }

    /** The logarithm of the variance of x_{t-1} given both ends; at step 0, where that is 0, the one of step 1. */
    public double posteriorLogVariance(int step) {
        int at = Math.max(step, Math.min(1, steps() - 1));
        return Math.log(betas[at] * (1 - alphaBar(at - 1)) / (1 - alphaBars[at]));
    }

    /** x_t of clean embeddings at one step a text, or one for all. */
    public Tensor diffuse(Tensor x0, Tensor noise, int... steps) { // (B, T, C) x 2 -> (B, T, C)
        return x0.mul(column(steps, t -> Math.sqrt(alphaBars[t])))
                .add(noise.mul(column(steps, t -> Math.sqrt(1 - alphaBars[t]))));
    }

    /** The mean of x_{t-1} given x₀ and x_t, at one step a text, or one for all. */
    public Tensor posteriorMean(Tensor x0, Tensor xt, int... steps) { // (B, T, C) x 2 -> (B, T, C)
        return x0.mul(column(steps, this::posteriorStartWeight))
                .add(xt.mul(column(steps, this::posteriorNoisedWeight)));
    }

    /** The noise that turns {@code x0} into {@code xt} at {@code step}. */
    public Tensor noise(Tensor x0, Tensor xt, int step) { // (B, T, C) x 2 -> (B, T, C)
        double left = 1 / alphaBars[step];
        return xt.mul(Math.sqrt(left)).sub(x0).div(Math.sqrt(left - 1));
    }

    /** What networks are told, for one step a text. */
    public Tensor told(int[] steps) { // -> (B)
        return column(steps, this::told).reshape(-1);
    }

    private interface Table {
        double at(int step);
    }

    private static Tensor column(int[] steps, Table table) { // -> (B, 1, 1)
        float[] column = new float[steps.length];
        for (int i = 0; i < steps.length; i++) {
            column[i] = (float) table.at(steps[i]);
        }
        return Tensor.of(column, steps.length, 1, 1);
    }
}
