package io.palimpsest.model.architecture;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.model.layer.KvCache;
import io.palimpsest.model.layer.RowAttention;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * An autoregressive Llama with a gated diffusion adapter: one body with two modes.
 *
 * <p><b>Clean</b> rows (the prompt, settled text) run through the base weights with causal attention. They are exactly the
 * original model, and their keys and values are cached exactly. <b>Canvas</b> rows (hidden and provisional positions, and
 * what stands to the right of them) run with the adapter switched on; they see all clean rows and, bidirectionally, each
 * other. Predictions keep the base model's shift by one: the row at position i - 1 predicts token i. So the first hidden
 * position is predicted by the last clean row, which is the base model's own answer, and the canvas rows draft the rest.
 *
 * <p>Where tokens stand to the right of the gap, the base model's answer would ignore them; then the last clean token is
 * repeated as an <b>anchor</b>, a canvas row that sees both sides.
 *
 * <p>One forward pass carries the clean rows of newly settled tokens and the canvas rows of the next step together, so
 * settling text costs no pass of its own.
 *
 * @param body the base model; its linear maps carry the adapter
 * @param mask the learned embedding of a hidden position, (C)
 * @param entry the first layer that canvas rows pass; below it only clean rows run
 * @param sampler makes drafts depend on each other; empty where each is predicted alone
 * @param state carries what a pass expected of hidden positions into the next; empty where those are the mask alone
 */
public record GatedLlama(Llama body, Tensor mask, int entry, Optional<SamplerHead> sampler, Optional<SoftMask> state) {

    /** How many positions right of the asked span a canvas row may see: the longest right context trained on. */
    public static final int RIGHT_CONTEXT = 64;

    /** How many finished canvases' caches a session keeps. */
    private static final int KEPT = 2;

    /** The same network with hidden positions that are the mask alone. */
    public GatedLlama withoutState() {
        return new GatedLlama(body, mask, entry, sampler, Optional.empty());
    }

    /** A denoiser over this model with caches of its own. */
    public Session open() {
        return new Session();
    }

    /** Answers about canvases, keeping each one's clean keys and values between calls. */
    public final class Session implements Denoiser, HybridDenoiser {

        private final Map<Canvas, Sequence> sequences = new HashMap<>();
        private final Deque<Sequence> finished = new ArrayDeque<>();
        private int forwardPasses;

        private Session() {}

        /** The network that answers. */
        public GatedLlama model() {
            return GatedLlama.this;
        }

        /** The forward passes of the network made so far. */
        public int forwardPasses() {
            return forwardPasses;
        }

        /**
         * {@inheritDoc}
         *
         * <p>A settled position inside a span is certain: its row is 0 at its own token and minus infinity elsewhere, as
         * unmasked positions carry over in MDLM (arXiv:2406.07524, section 3.2.3).
         */
        @Override
        public List<Tensor> logits(List<View> views) {
            List<Rows> passes = views.stream().map(this::plan).toList();
            List<Tensor> open = split(passes, body.logits(forward(passes)));
            return IntStream.range(0, views.size())
                    .mapToObj(i -> withSettled(views.get(i), open.get(i)))
                    .toList();
        }

        private Rows plan(View view) {
            Canvas canvas = view.canvas();
            int settled = settled(canvas, view.span().end());
            int end = rightEnd(canvas, view.span().end());
            boolean anchored = anyVisible(canvas, settled, end);
            Sequence sequence = sequence(canvas);
            int cached = sequence.align(canvas, anchored ? settled : settled - 1);
            int first = anchored ? settled - 1 : settled;
            int last = end > view.span().end() ? end : end - 1; // the row at the end would predict what nobody asks
            int[] positions = IntStream.range(first, Math.max(first, last)).toArray();
            int clean = settled - cached;
            int[] wanted = IntStream.range(
                            Math.max(settled, view.span().start()), view.span().end())
                    .map(i -> clean + (i - 1 - first)) // the row before each position predicts it
                    .toArray();
            int[] rows = Arrays.stream(positions)
                    .map(i -> i < settled || !canvas.isHidden(i) ? canvas.id(i) : Canvas.NO_TOKEN)
                    .toArray();
            Group group = new Group(settled, 0, rows.length);
            return new Rows(
                    sequence,
                    cached,
                    canvas.ids(new Span(cached, settled)),
                    rows,
                    positions,
                    List.of(group),
                    wanted,
                    Optional.empty());
        }

        @Override
        public Pass pass(Canvas canvas, int drafted, int draftLength) {
            Tensor x = verify(canvas, drafted, draftLength); // ((drafted + 1) * (1 + draftLength), C)
            long judged = drafted + 1L;
            Tensor drafting = x.narrow(0, judged, judged * draftLength);
            sequence(canvas).expect(canvas.settledPrefix() + 1, drafted == 0 ? drafting : drafting.narrow(0, 0, 0));
            return new Pass(body.logits(x.narrow(0, 0, judged)), drafts(drafting, draftLength));
        }

        private Drafts drafts(Tensor x, int length) { // ((drafted + 1) * length, C)
            return new Drafts() {
                @Override
                public int length() {
                    return length;
                }

                @Override
                public Tensor logits(int accepted, int i, int previous) { // -> (1, V)
                    return given(x.narrow(0, (long) accepted * length + i, 1), previous);
                }
            };
        }

        /** Clean rows of the settled tail and the drafts, then one group of hidden rows for each number of accepted drafts. */
        private Tensor verify(Canvas canvas, int drafted, int length) {
            int settled = settled(canvas, canvas.length());
            Sequence sequence = sequence(canvas);
            int cached = sequence.align(canvas, settled - 1);
            int[] clean = canvas.ids(new Span(cached, settled + drafted));
            List<Group> groups = new ArrayList<>();
            int[] positions = new int[(drafted + 1) * length];
            for (int accepted = 0; accepted <= drafted; accepted++) {
                groups.add(new Group(settled + accepted, accepted * length, length));
                for (int i = 0; i < length; i++) {
                    positions[accepted * length + i] = settled + accepted + i;
                }
            }
            int[] hidden = new int[positions.length];
            Arrays.fill(hidden, Canvas.NO_TOKEN);
            int[] wanted = IntStream.range(settled - 1 - cached, clean.length + positions.length)
                    .toArray();
            return forward(List.of(new Rows(
                    sequence, cached, clean, hidden, positions, groups, wanted, sequence.expected(positions))));
        }

        /** The base model's logits behind every one of {@code ids}, from an empty context. */
        public Tensor causal(int... ids) { // -> (ids.length, V)
            try (Sequence fresh = new Sequence()) {
                int[] all = IntStream.range(0, ids.length).toArray();
                return body.logits(forward(
                        List.of(new Rows(fresh, 0, ids, new int[0], new int[0], List.of(), all, Optional.empty()))));
            }
        }

        /** The states of all wanted rows behind the last layer, pass by pass. */
        private Tensor forward(List<Rows> passes) { // -> (all wanted, C)
            forwardPasses++;
            Batch batch = new Batch(passes, body.config());
            Tensor x = body.embed(batch.cleanIds); // (N, C)
            if (batch.clean() > 0) { // else all clean rows are in the cache already
                x = body.layers(0, entry, x, body.rope().at(batch.cleanPositions), batch.clean(), batch.attend(false));
            }
            if (batch.canvasIds.length > 0) {
                x = Tensor.cat(x, embedCanvas(passes), 0); // (N + M, C)
            }
            x = body.layers(
                    entry,
                    body.blocks().size(),
                    x,
                    body.rope().at(batch.positions()),
                    batch.clean(),
                    batch.attend(true));
            passes.forEach(pass -> pass.sequence.extend(pass.cached, pass.clean));
            return x.indexSelect(0, Tensor.ids(batch.wanted));
        }

        private Tensor embedCanvas(List<Rows> passes) { // -> (M, C)
            return Tensor.cat(
                    passes.stream()
                            .map(p -> GatedLlama.this.embedCanvas(p.canvas, p.expected))
                            .toList(),
                    0);
        }

        private static List<Tensor> split(List<Rows> passes, Tensor rows) {
            List<Tensor> parts = new ArrayList<>();
            long from = 0;
            for (Rows pass : passes) {
                parts.add(rows.narrow(0, from, pass.wanted.length));
                from += pass.wanted.length;
            }
            return parts;
        }

        private Sequence sequence(Canvas canvas) {
            return sequences.computeIfAbsent(canvas, this::resume);
        }

        /** The finished sequence that begins most like {@code canvas}: the next turn of a conversation finds its history. */
        private Sequence resume(Canvas canvas) {
            Optional<Sequence> nearest = finished.stream()
                    .filter(s -> s.shared(canvas) > 0)
                    .max(Comparator.comparingInt(s -> s.shared(canvas)));
            nearest.ifPresent(finished::remove);
            return nearest.orElseGet(Sequence::new);
        }

        /** The caches of the last canvases are kept for those that begin alike. */
        @Override
        public void release(Canvas canvas) {
            Sequence sequence = sequences.remove(canvas);
            if (sequence != null) {
                sequence.forget();
                finished.addLast(sequence);
            }
            if (finished.size() > KEPT) {
                finished.removeFirst().close();
            }
        }

        @Override
        public void close() {
            sequences.values().forEach(Sequence::close);
            sequences.clear();
            finished.forEach(Sequence::close);
            finished.clear();
        }
    }

    /**
     * The logits of canvas rows that have passed all layers, where the token before each row's own is known.
     *
     * @param x (N, C)
     * @param previous N tokens
     */
    public Tensor given(Tensor x, int... previous) { // -> (N, V)
        return sampler.map(head -> body.head().forward(head.forward(body.norm().forward(x), body.embed(previous))))
                .orElseGet(() -> body.logits(x));
    }

    /**
     * The embeddings of canvas rows: tokens as usual, hidden positions as the mask or, where a state is kept and something was
     * expected, as the state.
     */
    public Tensor embedCanvas(int[] ids, Optional<SoftMask.Expected> expected) { // NO_TOKEN where hidden -> (M, C)
        boolean[] hidden = new boolean[ids.length];
        int[] known = ids.clone();
        for (int i = 0; i < ids.length; i++) {
            hidden[i] = ids[i] == Canvas.NO_TOKEN;
            known[i] = Math.max(0, ids[i]);
        }
        Tensor unknown =
                state.isPresent() && expected.isPresent() ? state.get().blend(mask, expected.get()) : mask.unsqueeze(0);
        return Tensor.where(Tensor.of(hidden).unsqueeze(1), unknown, body.embed(known));
    }

    /** What canvas rows that have passed all layers expect of their tokens. */
    public SoftMask.Expected expected(Tensor x) { // (N, C)
        Tensor embedding = Tensor.zeros(x.shape());
        Tensor mass = Tensor.zeros(x.size(0), 1);
        body.logits(x, (from, logits) -> {
            SoftMask.Expected some = expectation(logits);
            embedding.narrow(0, from, logits.size(0)).copy_(some.embedding());
            mass.narrow(0, from, logits.size(0)).copy_(some.mass());
        });
        return new SoftMask.Expected(embedding, mass);
    }

    private SoftMask.Expected expectation(Tensor logits) { // (N, V)
        int candidates = (int) Math.min(SoftMask.CANDIDATES, logits.size(1));
        Tensor.Top top = logits.softmax(-1).topk(candidates, -1); // (N, k)
        Tensor embeddings = body.embedding().embedding(top.indices()).toFloat(); // (N, k, C)
        return new SoftMask.Expected(
                top.values().unsqueeze(2).mul(embeddings).sum(1),
                top.values().sum(1).unsqueeze(1));
    }

    private static int settled(Canvas canvas, int limit) {
        int settled = Math.min(canvas.settledPrefix(), limit);
        if (settled == 0) {
            throw new IllegalArgumentException("a canvas must begin with at least one given token");
        }
        return settled;
    }

    /** The end of what a canvas row may see: the visible tokens right of the span, as far as was trained. */
    private static int rightEnd(Canvas canvas, int spanEnd) {
        int end = Math.min(canvas.length(), spanEnd + RIGHT_CONTEXT);
        while (end > spanEnd && canvas.isHidden(end - 1)) {
            end--;
        }
        return end;
    }

    private static boolean anyVisible(Canvas canvas, int from, int to) {
        return IntStream.range(from, to).anyMatch(i -> !canvas.isHidden(i));
    }

    private static Tensor withSettled(Denoiser.View view, Tensor open) { // (open positions, V) -> (span, V)
        int settled = view.span().length() - (int) open.size(0);
        if (settled == 0) {
            return open;
        }
        Tensor ids = Tensor.ids(
                view.canvas().ids(new Span(view.span().start(), view.span().start() + settled)));
        Tensor vocabulary = Tensor.arange(0, open.size(1)).unsqueeze(0);
        Tensor certain = Tensor.zeros(settled, open.size(1))
                .maskedFill(vocabulary.eq(ids.unsqueeze(1)).logicalNot(), Double.NEGATIVE_INFINITY);
        return Tensor.cat(certain, open, 0);
    }

    /**
     * Canvas rows {@code from .. from + length - 1} of a pass, which see each other and the clean tokens before position
     * {@code sees}.
     */
    private record Group(int sees, int from, int length) {}

    /** What one forward pass computes for one sequence: clean rows first, canvas rows behind them. */
    private record Rows(
            Sequence sequence,
            int cached, // clean tokens already in the cache
            int[] clean, // ids of clean tokens to add behind them
            int[] canvas, // ids of canvas rows, NO_TOKEN where hidden
            int[] canvasPositions,
            List<Group> groups,
            int[] wanted, // rows (clean, then canvas) whose logits are asked for
            Optional<SoftMask.Expected> expected) { // of the canvas rows

        int slots() {
            return cached + clean.length + canvas.length;
        }

        /** The clean rows alone, the first of which is row {@code clean} of the batch. */
        RowAttention.Sequence attention(int clean) {
            return attention(List.of(cleanRun(clean)), KvCache.padded(cached + this.clean.length), List.of());
        }

        /** All rows; the first canvas row is row {@code canvas} of the batch. */
        RowAttention.Sequence attention(int clean, int canvas) {
            RowAttention.Run behind = new RowAttention.Run(canvas, this.canvas.length, cached + this.clean.length);
            return attention(List.of(cleanRun(clean), behind), KvCache.padded(slots()), groups);
        }

        private RowAttention.Run cleanRun(int clean) {
            return new RowAttention.Run(clean, this.clean.length, cached);
        }

        private RowAttention.Sequence attention(List<RowAttention.Run> runs, int slots, List<Group> groups) {
            int canvasRows = groups.stream().mapToInt(Group::length).sum();
            float[] mask = new float[(clean.length + canvasRows) * slots];
            Arrays.fill(mask, Float.NEGATIVE_INFINITY);
            for (int row = 0; row < clean.length; row++) {
                see(mask, row * slots, 0, cached + row + 1);
            }
            for (Group group : groups) {
                for (int row = group.from; row < group.from + group.length; row++) {
                    see(mask, (clean.length + row) * slots, 0, group.sees);
                    see(mask, (clean.length + row) * slots, cached + clean.length + group.from, group.length);
                }
            }
            return new RowAttention.Sequence(sequence.cache, slots, runs, mask);
        }

        private static void see(float[] mask, int row, int slot, int count) {
            Arrays.fill(mask, row + slot, row + slot + count, 0);
        }
    }

    /** The rows of all passes: every clean row first, then every canvas row. */
    private static final class Batch {
        final int[] cleanIds;
        final int[] cleanPositions;
        final int[] canvasIds;
        final int[] canvasPositions;
        final int[] wanted;
        private final List<RowAttention.Sequence> cleanRows = new ArrayList<>();
        private final List<RowAttention.Sequence> rows = new ArrayList<>();
        private final Llama.Config config;

        Batch(List<Rows> passes, Llama.Config config) {
            this.config = config;
            cleanIds = concat(passes.stream().map(Rows::clean).toList());
            cleanPositions = concat(passes.stream()
                    .map(p ->
                            IntStream.range(p.cached, p.cached + p.clean.length).toArray())
                    .toList());
            canvasIds = concat(passes.stream().map(Rows::canvas).toList());
            canvasPositions = concat(passes.stream().map(Rows::canvasPositions).toList());
            wanted = new int[passes.stream().mapToInt(p -> p.wanted.length).sum()];
            int clean = 0;
            int canvas = cleanIds.length;
            int want = 0;
            for (Rows p : passes) {
                p.sequence.cache.reserve(p.slots());
                cleanRows.add(p.attention(clean));
                rows.add(p.attention(clean, canvas));
                for (int row : p.wanted) {
                    wanted[want++] = row < p.clean.length ? clean + row : canvas + row - p.clean.length;
                }
                clean += p.clean.length;
                canvas += p.canvas.length;
            }
        }

        int clean() {
            return cleanIds.length;
        }

        int[] positions() {
            return concat(List.of(cleanPositions, canvasPositions));
        }

        /** Attention over the clean rows alone, or over all. */
        Llama.Attend attend(boolean withCanvas) {
            return new RowAttention(withCanvas ? rows : cleanRows, config.heads(), config.kvHeads())::apply;
        }

        private static int[] concat(List<int[]> parts) {
            return parts.stream().flatMapToInt(Arrays::stream).toArray();
        }
    }

    /** The clean tokens of one canvas whose keys and values are cached. */
    private final class Sequence implements AutoCloseable {
        private final KvCache cache = new KvCache(
                body.config().layers(), body.config().kvHeads(), body.config().headDim());
        private int[] ids = new int[0];
        private int expectedFrom;
        private Optional<SoftMask.Expected> expected = Optional.empty();

        /** Remembers what the rows {@code x} of a pass expect of the positions from {@code from} on, until the next pass. */
        void expect(int from, Tensor x) { // (N, C)
            forget();
            if (state.isPresent() && x.size(0) > 1) {
                SoftMask.Expected fresh = GatedLlama.this.expected(x);
                expected = Optional.of(new SoftMask.Expected(
                        Scope.keeping(() -> fresh.embedding().copy()),
                        Scope.keeping(() -> fresh.mass().copy())));
                expectedFrom = from;
            }
        }

        /** What is expected at {@code positions}. */
        Optional<SoftMask.Expected> expected(int... positions) {
            return expected.map(e -> e.at(Arrays.stream(positions)
                    .map(p -> p - expectedFrom)
                    .map(row -> row < e.mass().size(0) ? row : -1)
                    .toArray()));
        }

        private void forget() {
            expected.ifPresent(e -> {
                e.embedding().close();
                e.mass().close();
            });
            expected = Optional.empty();
        }

        /** Keeps the cached tokens that the first {@code limit} of the canvas share, and says how many. */
        int align(Canvas canvas, int limit) {
            ids = Arrays.copyOf(ids, Math.min(limit, shared(canvas)));
            return ids.length;
        }

        /** How many of the cached tokens {@code canvas} begins with. */
        int shared(Canvas canvas) {
            int shared = 0;
            while (shared < Math.min(canvas.length(), ids.length) && ids[shared] == canvas.id(shared)) {
                shared++;
            }
            return shared;
        }

        void extend(int cached, int[] clean) {
            ids = Arrays.copyOf(ids, cached + clean.length);
            System.arraycopy(clean, 0, ids, cached, clean.length);
        }

        @Override
        public void close() {
            forget();
            cache.close();
        }
    }
}
