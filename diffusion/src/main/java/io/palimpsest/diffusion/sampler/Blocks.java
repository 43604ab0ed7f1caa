package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Which part of a canvas is worked on next, and whether the canvas grows or ends. */
public interface Blocks {

    /** The way through one canvas. */
    Walk walk(Canvas canvas);

    /** The state of one canvas's way; it may extend or cut that canvas. */
    interface Walk {

        /** The positions to work on when the last ones are finished; empty when the canvas is. */
        Optional<Span> next();

        /** The block as it stands before another step; one that slides has moved on behind what has settled. */
        default Span slide(Span block) {
            return block;
        }

        /** Whether the text has ended; asked after each step. */
        default boolean stopped() {
            return false;
        }

        /** The same walk, which also stops where {@code ended} holds. */
        default Walk until(BooleanSupplier ended) {
            Walk walk = this;
            return new Walk() {
                @Override
                public Optional<Span> next() {
                    return walk.next();
                }

                @Override
                public Span slide(Span block) {
                    return walk.slide(block);
                }

                @Override
                public boolean stopped() {
                    return walk.stopped() || ended.getAsBoolean();
                }
            };
        }
    }

    /** Everything at once, from the first hidden position to the last. */
    static Blocks whole() {
        return new Whole();
    }

    /** Each gap of hidden positions in turn, in pieces of {@code length} (semi-autoregressive; LLaDA, arXiv:2502.09992). */
    static Blocks of(int length) {
        return new Gaps(length);
    }

    /**
     * The pieces between multiples of {@code length} from the canvas's beginning, as models with block-causal attention want
     * them: the end of a prompt may share a block with hidden positions.
     */
    static Blocks grid(int length) {
        return new Grid(length);
    }

    /**
     * Appends blocks of {@code length} until {@code maxTokens} are written or one of {@code stopIds} is: a limit on the text
     * and not the size of a canvas.
     */
    static Blocks growing(int length, int maxTokens, Set<Integer> stopIds) {
        return new Growing(length, maxTokens).stoppingAt(stopIds);
    }

    /**
     * The next {@code length} positions behind the settled text, whatever else of them is filled, until {@code maxTokens} are
     * written or one of {@code stopIds} is. A position that settles at the front makes room for one at the end, so that
     * every step has as much to choose from as the first; what is committed only settles without {@link Remasking}.
     */
    static Blocks sliding(int length, int maxTokens, Set<Integer> stopIds) {
        return new Sliding(length, maxTokens).stoppingAt(stopIds);
    }

    /**
     * These blocks, ended by the first stop token that has all positions before it settled; what follows it is dropped. A
     * stop token before pinned positions ends nothing.
     */
    default Blocks stoppingAt(Set<Integer> stopIds) {
        return stopIds.isEmpty() ? this : new Stopping(this, stopIds);
    }

    /**
     * These blocks, of which none is begun once a stop token is written (SDAR, arXiv:2510.06303; LLaDA2.0, arXiv:2512.15745). What
     * follows it in its block stays.
     */
    default Blocks endingAfter(Set<Integer> stopIds) {
        return stopIds.isEmpty() ? this : new Ending(this, stopIds);
    }

    /** These blocks, of which no more is filled than settles the first {@code length} positions. */
    default Blocks upTo(int length) {
        return new UpTo(this, length);
    }

    /** All hidden positions as one block. */
    record Whole() implements Blocks {

        @Override
        public Walk walk(Canvas canvas) {
            int[] hidden = canvas.hidden(canvas.span());
            List<Span> spans =
                    hidden.length == 0 ? List.of() : List.of(new Span(hidden[0], hidden[hidden.length - 1] + 1));
            return listed(spans);
        }
    }

    /** Gaps of hidden positions, cut to pieces of a length. */
    record Gaps(int length) implements Blocks {

        public Gaps {
            requireLength(length);
        }

        @Override
        public Walk walk(Canvas canvas) {
            List<Span> spans = new ArrayList<>();
            int start = -1;
            for (int position : canvas.hidden(canvas.span())) {
                boolean fits =
                        start >= 0 && position == spans.get(spans.size() - 1).end() && position < start + length;
                if (fits) {
                    spans.set(spans.size() - 1, new Span(start, position + 1));
                } else {
                    start = position;
                    spans.add(new Span(start, start + 1));
                }
            }
            return listed(spans);
        }
    }

    /** Pieces between multiples of a length. */
    record Grid(int length) implements Blocks {

        public Grid {
            requireLength(length);
        }

        @Override
        public Walk walk(Canvas canvas) {
            List<Span> spans = new ArrayList<>();
            for (int start = 0; start < canvas.length(); start += length) {
                Span span = new Span(start, Math.min(start + length, canvas.length()));
                if (canvas.hidden(span).length > 0) {
                    spans.add(span);
                }
            }
            return listed(spans);
        }
    }

    /** Blocks appended to the canvas one by one. */
    record Growing(int length, int maxTokens) implements Blocks {

        public Growing {
            requireLength(length);
            if (maxTokens < 0) {
                throw new IllegalArgumentException("the number of tokens must not be negative; got " + maxTokens);
            }
        }

        @Override
        public Walk walk(Canvas canvas) {
            int start = canvas.length();
            return () -> {
                int end = canvas.length();
                int more = Math.min(length, maxTokens - (end - start));
                canvas.extend(more);
                return more == 0 ? Optional.empty() : Optional.of(new Span(end, end + more));
            };
        }
    }

    /** The positions behind the settled text. */
    record Sliding(int length, int maxTokens) implements Blocks {

        public Sliding {
            requireLength(length);
            if (maxTokens < 0) {
                throw new IllegalArgumentException("the number of tokens must not be negative; got " + maxTokens);
            }
        }

        @Override
        public Walk walk(Canvas canvas) {
            int last = Math.addExact(canvas.length(), maxTokens);
            return new Walk() {
                @Override
                public Optional<Span> next() {
                    Span open = open();
                    return open.isEmpty() ? Optional.empty() : Optional.of(open);
                }

                @Override
                public Span slide(Span block) {
                    return canvas.settledPrefix() > block.start() ? open() : block;
                }

                private Span open() {
                    int settled = canvas.settledPrefix();
                    int end = Math.min(last, settled + length);
                    canvas.extend(Math.max(0, end - canvas.length()));
                    return new Span(settled, Math.max(settled, end));
                }
            };
        }
    }

    /** Blocks that end with a stop token. */
    record Stopping(Blocks blocks, Set<Integer> stopIds) implements Blocks {

        public Stopping {
            stopIds = Set.copyOf(stopIds);
        }

        @Override
        public Walk walk(Canvas canvas) {
            return blocks.walk(canvas).until(() -> endAtStop(canvas));
        }

        private boolean endAtStop(Canvas canvas) {
            for (int position : canvas.in(new Span(0, canvas.settledPrefix()), State.COMMITTED)) {
                if (stopIds.contains(canvas.id(position))) {
                    return endAt(canvas, position + 1);
                }
            }
            return false;
        }

        private static boolean endAt(Canvas canvas, int length) {
            boolean last = canvas.in(new Span(length, canvas.length()), State.PINNED).length == 0;
            canvas.truncate(last ? length : canvas.length());
            return last;
        }
    }

    /** Blocks of which the one with a stop token is the last. */
    record Ending(Blocks blocks, Set<Integer> stopIds) implements Blocks {

        public Ending {
            stopIds = Set.copyOf(stopIds);
        }

        @Override
        public Walk walk(Canvas canvas) {
            Walk walk = blocks.walk(canvas);
            Set<Integer> given = Arrays.stream(canvas.in(canvas.span(), State.COMMITTED))
                    .boxed()
                    .collect(Collectors.toSet());
            return () -> hasStop(canvas, given) ? Optional.empty() : walk.next();
        }

        private boolean hasStop(Canvas canvas, Set<Integer> given) {
            return Arrays.stream(canvas.in(canvas.span(), State.COMMITTED))
                    .anyMatch(position -> stopIds.contains(canvas.id(position)) && !given.contains(position));
        }
    }

    /** Blocks that need not be filled behind a position. */
    record UpTo(Blocks blocks, int length) implements Blocks {

        @Override
        public Walk walk(Canvas canvas) {
            return blocks.walk(canvas).until(() -> canvas.length() > length && canvas.settledPrefix() >= length);
        }
    }

    private static Walk listed(List<Span> spans) {
        Iterator<Span> rest = List.copyOf(spans).iterator();
        return () -> rest.hasNext() ? Optional.of(rest.next()) : Optional.empty();
    }

    private static void requireLength(int length) {
        if (length < 1) {
            throw new IllegalArgumentException("a block needs a length of at least 1; got " + length);
        }
    }
}
