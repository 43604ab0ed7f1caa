package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.model.layer.CanvasCache;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * BD3-LM's sampler (arXiv:2503.09573) with recorded draws: block by block, ancestral steps or first-hitting ones, which reveal
 * one token at a time that is drawn when the clock says so (arXiv:2409.02908).
 */
final class BlockAncestral {

    /** What is never reached: the noise of MDLM's schedule at its end. */
    private static final double MOST_NOISE = Likelihoods.SCHEDULE.sigma(1);

    private final RecordedTest test;
    private final Dit network;
    private final int mask;
    private final int block;
    private final double nucleus;
    private final boolean firstHitting;
    private final boolean cached;
    private final double[] uniform;
    private final double[] clock;
    private final int[] picks;
    private final CanvasCache cache = new CanvasCache();
    private final List<int[]> canvases = new ArrayList<>();
    private int[] canvas = new int[0];
    private int settled;
    private int drawn;
    private int ticks;

    private BlockAncestral(Replay.Subject subject, RecordedTest test) {
        this.test = test;
        this.network = Likelihoods.dit(subject);
        this.mask = subject.maskId();
        this.block = BlockModes.length(subject, test);
        this.nucleus = test.number("nuc", test.number("nucleus_p", 1));
        this.firstHitting = test.flag("fh") || test.flag("first_hitting");
        this.cached = test.flag("kv") || test.flag("kv_cache");
        this.uniform = floats(3);
        this.clock = firstHitting ? floats(1) : new double[0];
        this.picks = firstHitting ? integers() : new int[0];
    }

    static void run(Replay.Subject subject, RecordedTest test, Comparison comparison) {
        int bos = subject.fixture()
                .id("bos")
                .orElseThrow(() -> new UnsupportedTestException("the fixture names no beginning of text"));
        BlockAncestral own = new BlockAncestral(subject, test);
        try (CanvasCache cache = own.cache) {
            for (int i = 0; i < test.integer("num_strides"); i++) {
                own.fill(bos, test.integer("num_steps"));
            }
        }
        String output = test.oneOf("sequences", "output_ids");
        comparison.exact(output, own.canvas, Ids.trimmed(test.ints(output)));
        if (test.has("canvas")) {
            own.compareCanvases(test.rows("canvas"), comparison);
        }
    }

    private void compareCanvases(int[][] expected, Comparison comparison) {
        for (int i = 0; i < Math.min(expected.length, canvases.size()); i++) {
            int[] row = Ids.trimmed(expected[i]);
            int length = Math.min(row.length, canvases.get(i).length);
            comparison.exact("canvas[" + i + "]", Arrays.copyOf(canvases.get(i), length), Arrays.copyOf(row, length));
        }
    }

    /** The recorded floats of most dimensions, or of the fewest: one for each token of the vocabulary, or one a step. */
    private double[] floats(int dimensions) {
        Optional<String> role = test.inputs().stream()
                .filter(r -> isFloat(test.tensor(r).dtype()))
                .filter(r -> dimensions == 1 ? !isWide(test.shape(r)) : isWide(test.shape(r)))
                .findFirst();
        return role.map(r -> test.tensor(r).toDoubles())
                .orElseThrow(() -> new UnsupportedTestException("it records not all numbers that were drawn"));
    }

    private boolean isWide(long[] shape) {
        return shape.length > 1
                && shape[shape.length - 1] == network.embedding().size(0);
    }

    private static boolean isFloat(DType type) {
        return type == DType.F32 || type == DType.F64;
    }

    private int[] integers() {
        return test.inputs().stream()
                .filter(r -> !isFloat(test.tensor(r).dtype()))
                .findFirst()
                .map(test::ints)
                .orElseThrow(() -> new UnsupportedTestException("it records no positions that were drawn"));
    }

    /** Appends a block and fills it. */
    private void fill(int bos, int steps) {
        int start = canvas.length;
        canvas = Arrays.copyOf(canvas, start + block);
        Arrays.fill(canvas, start, canvas.length, mask);
        if (start == 0) {
            canvas[0] = bos;
        }
        double time = 1;
        double[] known = new double[0];
        for (int i = 0; i < steps && hidden().length > 0; i++) {
            canvases.add(canvas.clone());
            if (firstHitting) {
                time *= Math.pow(clock[ticks], 1.0 / hidden().length);
            } else {
                time = (float) (steps == 1 ? 1 : 1 - (double) i / (steps - 1));
            }
            known = known.length > 0 ? known : nucleus(probabilities(time));
            if (step(known, time, 1.0 / steps)) {
                known = new double[0];
            }
            ticks++;
        }
        if (cached && hidden().length == 0) {
            rows(start, time);
            settled = canvas.length;
        }
    }

    /** The hidden positions of the last block, counted from its start. */
    private int[] hidden() {
        int start = canvas.length - block;
        return IntStream.range(0, block).filter(i -> canvas[start + i] == mask).toArray();
    }

    /** One step; whether it changed anything. */
    private boolean step(double[] p, double time, double width) {
        int vocabulary = p.length / block;
        int start = canvas.length - block;
        int[] before = canvas.clone();
        int only = firstHitting ? hidden()[pick()] : -1;
        double maskShare = (time - width) / time;
        for (int i = 0; i < block; i++) {
            double[] weights = Arrays.copyOfRange(p, i * vocabulary, (i + 1) * vocabulary);
            if (!firstHitting) {
                for (int j = 0; j < vocabulary; j++) {
                    weights[j] *= 1 - maskShare;
                }
                weights[mask] = maskShare;
            }
            int id = Categorical.draw(weights, uniform, drawn + i * vocabulary);
            if (before[start + i] == mask && (only < 0 || only == i)) {
                canvas[start + i] = id;
            }
        }
        drawn += p.length;
        return !Arrays.equals(before, canvas);
    }

    /** Recorded is the number of the hidden position among the hidden ones. */
    private int pick() {
        return picks[ticks];
    }

    private double[] probabilities(double time) { // (block, V)
        int start = canvas.length - block;
        int[] ids = Arrays.copyOfRange(canvas, start, canvas.length);
        Tensor logits = rows(start, time);
        return Likelihoods.substituted(logits, new int[][] {ids}, mask)
                .to(DType.F64)
                .exp()
                .toDoubles();
    }

    /** The last block's logits, over the whole text or over what is kept of it. */
    private Tensor rows(int start, double time) { // (1, block, V)
        int from = cached ? settled : 0;
        int[] ids = Arrays.copyOfRange(canvas, from, canvas.length);
        int[] positions = IntStream.range(from, canvas.length).toArray();
        Tensor sigma = Tensor.full(Math.min(-Math.log1p(-time), MOST_NOISE), 1);
        Attend attend =
                cached ? cache.rows(from, canvas.length) : Attend.under(Sight.blockCausal(canvas.length, block));
        return network.logits(Tensor.ids(ids, 1, ids.length), sigma, positions, attend)
                .narrow(1, start - from, block);
    }

    /** The likeliest tokens whose probabilities sum to at most the nucleus, and always the first; made to sum to 1. */
    private double[] nucleus(double[] p) {
        if (nucleus >= 1) {
            return p;
        }
        int vocabulary = p.length / block;
        double[] cut = new double[p.length];
        for (int row = 0; row < block; row++) {
            int from = row * vocabulary;
            int[] order = IntStream.range(0, vocabulary)
                    .boxed()
                    .sorted((a, b) -> Double.compare(p[from + b], p[from + a]))
                    .mapToInt(i -> i)
                    .toArray();
            double sum = 0;
            double kept = 0;
            for (int i = 0; i < vocabulary; i++) {
                sum += p[from + order[i]];
                if (i == 0 || sum <= nucleus) {
                    cut[from + order[i]] = p[from + order[i]];
                    kept += p[from + order[i]];
                }
            }
            for (int i = 0; i < vocabulary; i++) {
                cut[from + i] /= kept;
            }
        }
        return cut;
    }
}
