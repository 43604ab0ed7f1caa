package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.noise.TimeWarp;
import io.palimpsest.diffusion.process.GaussianProcess;
import io.palimpsest.diffusion.process.GeometricNoise;
import io.palimpsest.diffusion.process.ReverseStep;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Denoises canvases in the space of word embeddings: behind each canvas stands a row of noised embeddings, and each call brings it one
 * step from noise to text (CDCD, arXiv:2211.15089).
 *
 * <p>The answer to a call is how much each embedding, as noisy as it still is, resembles each word; to the last call it is what the
 * network says. With a single step that is what it says of the hidden words from those given alone, as a masked model would. Pinned
 * positions hold the clean embeddings of their words. Behind the canvas the row goes on to the length that the network was trained
 * with, and its end is written with the rest.
 */
public final class EmbeddingRefinement implements Denoiser {

    private final WordDenoiser network;
    private final Walk walk;
    private final List<Double> times;
    private final GaussianProcess process;
    private final ReverseStep reverse;
    private final EmbeddingGuidance guidance;
    private final Function<Canvas, Seed> seeds;
    private final IdentityHashMap<Canvas, Session> sessions = new IdentityHashMap<>();

    /**
     * The way from noise to text.
     *
     * @param density how densely times are visited in each of some equal bins; 1 on average ({@link TimeWarp})
     * @param length how many positions a text has, its padding included
     * @param never tokens that are not written
     */
    public record Walk(GeometricNoise noise, List<Double> density, int length, Set<Integer> never) {

        public Walk {
            density = List.copyOf(density);
            never = Set.copyOf(never);
        }

        /** So many times, rising, between which equally much is decided; a single one is where nothing is decided yet. */
        List<Double> times(int steps) {
            double[] bins = density.stream().mapToDouble(bin -> bin).toArray();
            return IntStream.range(0, steps)
                    .mapToObj(i -> steps == 1 ? 1 : TimeWarp.quantile((i + 0.5) / steps, bins))
                    .toList();
        }
    }

    /** How far a canvas has come, and what the network said of it last. */
    private record Session(int step, Tensor x, Tensor estimate) { // (T, C) each
        void close() {
            x.close();
            estimate.close();
        }
    }

    /**
     * @param steps how many steps each canvas takes
     * @param seeds where each canvas's noise comes from
     */
    public EmbeddingRefinement(
            WordDenoiser network,
            Walk walk,
            int steps,
            ReverseStep reverse,
            EmbeddingGuidance guidance,
            Function<Canvas, Seed> seeds) {
        this.network = network;
        this.walk = walk;
        this.times = walk.times(steps);
        this.process = walk.noise.process(times);
        this.reverse = reverse;
        this.guidance = guidance;
        this.seeds = seeds;
    }

    /** The same for one text: {@code seed} is its noise. */
    @Override
    public Denoiser drawing(Seed seed, int steps) {
        return new EmbeddingRefinement(network, walk, steps, reverse, guidance, canvas -> seed);
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        TreeMap<Integer, List<Integer>> bySteps = new TreeMap<>();
        for (int i = 0; i < views.size(); i++) {
            Canvas canvas = views.get(i).canvas();
            int step = sessions.computeIfAbsent(canvas, this::begin).step;
            bySteps.computeIfAbsent(step, s -> new ArrayList<>()).add(i);
        }
        Map<Integer, Tensor> answers = new TreeMap<>();
        bySteps.forEach((step, rows) -> {
            List<Canvas> canvases =
                    rows.stream().map(i -> views.get(i).canvas()).toList();
            Tensor logits = step(canvases, step); // (B, T, V)
            for (int row = 0; row < rows.size(); row++) {
                Span span = views.get(rows.get(row)).span();
                answers.put(rows.get(row), logits.select(0, row).narrow(0, span.start(), span.length()));
            }
        });
        return List.copyOf(answers.values());
    }

    private Session begin(Canvas canvas) {
        Tensor x = Scope.keeping(() -> noise(List.of(canvas), times.size()).select(0, 0));
        return new Session(times.size() - 1, x, Scope.keeping(() -> Tensor.zeros(x.shape())));
    }

    /** Brings canvases that are equally far one step further. */
    private Tensor step(List<Canvas> canvases, int step) { // -> (B, T, V)
        double[] now = new double[canvases.size()];
        Arrays.fill(now, times.get(step));
        Tensor told = walk.noise.told(now);
        Tensor given = given(canvases, walk.length); // (B, T, 1)
        Tensor x = pinned(canvases, given); // (B, T, C)
        Tensor logits = allowed(network.logits(x, estimates(canvases), given, told));
        Tensor expected = network.expected(logits);
        Tensor guided = guided(canvases, x, expected, told, process.alphaBar(step));
        Tensor next = reverse.back(process, step, x, guided, noise(canvases, step));
        keep(canvases, step, next, guidance.isTold() ? guided : expected);
        double left = process.alphaBar(step - 1);
        return step == 0 ? logits : network.products(next).mul(Math.sqrt(left) / (1 - left));
    }

    /**
     * The prediction of x₀ under the score that guidance adds to: x₀ + (1 - ᾱ) / √ᾱ ∇ log p(wanted | x), by no more than an
     * embedding is long.
     */
    private Tensor guided(List<Canvas> canvases, Tensor x, Tensor expected, Tensor told, double alphaBar) {
        Tensor push = guidance.gradient(canvases, x, told).mul((1 - alphaBar) / Math.sqrt(alphaBar));
        Tensor length = push.square().mean(2, true).sqrt(); // (B, T, 1), 1 for an embedding's own
        return expected.add(push.div(length.clampMin(1)));
    }

    private Tensor allowed(Tensor logits) { // (B, T, V) -> (B, T, V)
        if (walk.never.isEmpty()) {
            return logits;
        }
        boolean[] banned = new boolean[(int) logits.size(2)];
        walk.never.forEach(id -> banned[id] = true);
        return logits.maskedFill(Tensor.of(banned), Double.NEGATIVE_INFINITY);
    }

    /** 1 where a canvas has a word that stays. */
    static Tensor given(List<Canvas> canvases, int length) { // -> (B, T, 1)
        float[] given = new float[canvases.size() * length];
        for (int row = 0; row < canvases.size(); row++) {
            Canvas canvas = canvases.get(row);
            for (int i = 0; i < canvas.length(); i++) {
                given[row * length + i] = isGiven(canvas, i) ? 1 : 0;
            }
        }
        return Tensor.of(given, canvases.size(), length, 1);
    }

    private static boolean isGiven(Canvas canvas, int position) {
        return switch (canvas.state(position)) {
            case PINNED, COMMITTED -> true;
            case HIDDEN, PROVISIONAL -> false;
        };
    }

    /** The embeddings as they stand, those of given words clean. */
    private Tensor pinned(List<Canvas> canvases, Tensor given) { // -> (B, T, C)
        int[] ids = new int[canvases.size() * walk.length];
        for (int row = 0; row < canvases.size(); row++) {
            Canvas canvas = canvases.get(row);
            for (int i = 0; i < canvas.length(); i++) {
                ids[row * walk.length + i] = isGiven(canvas, i) ? canvas.id(i) : 0;
            }
        }
        Tensor clean = network.embed(Tensor.ids(ids, canvases.size(), walk.length));
        Tensor x = Tensor.stack(sessions(canvases).map(Session::x).toList(), 0);
        return x.add(given.mul(clean.sub(x)));
    }

    private Tensor estimates(List<Canvas> canvases) { // -> (B, T, C)
        return Tensor.stack(sessions(canvases).map(Session::estimate).toList(), 0);
    }

    private Stream<Session> sessions(List<Canvas> canvases) {
        return canvases.stream().map(sessions::get).map(Objects::requireNonNull);
    }

    /** Each canvas's own numbers for {@code step}. */
    private Tensor noise(List<Canvas> canvases, int step) { // -> (B, T, C)
        long channels = network.embed(Tensor.ids(new int[1], 1, 1)).size(2);
        return Tensor.stack(
                canvases.stream()
                        .map(canvas -> Tensor.randn(seeds.apply(canvas).child(step), walk.length, channels))
                        .toList(),
                0);
    }

    private void keep(List<Canvas> canvases, int step, Tensor x, Tensor estimate) {
        for (int row = 0; row < canvases.size(); row++) {
            int own = row;
            release(canvases.get(row));
            sessions.put(
                    canvases.get(row),
                    new Session(
                            Math.max(0, step - 1),
                            Scope.keeping(() -> x.select(0, own).copy()),
                            Scope.keeping(() -> estimate.select(0, own).copy())));
        }
    }

    @Override
    public void release(Canvas canvas) {
        Session session = sessions.remove(canvas);
        if (session != null) {
            session.close();
        }
    }

    @Override
    public void close() {
        sessions.values().forEach(Session::close);
        sessions.clear();
    }
}
