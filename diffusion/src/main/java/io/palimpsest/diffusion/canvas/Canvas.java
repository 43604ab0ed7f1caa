package io.palimpsest.diffusion.canvas;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A row of positions; each holds a token id, a {@link State} and the confidence it was written with.
 *
 * <p>A canvas may grow at its end while it is filled, so that a limit on the text's length is not a size decided in
 * advance. It is plain memory, knows no tensor, and is confined to the thread that fills it; {@link #frame} makes copies
 * that may be handed around.
 */
public final class Canvas {

    /** The id of a position that holds no token. */
    public static final int NO_TOKEN = -1;

    private int[] ids;
    private State[] states;
    private float[] confidences;
    private int length;

    private Canvas(int capacity) {
        ids = new int[capacity];
        states = new State[capacity];
        confidences = new float[capacity];
    }

    /** A canvas that begins with {@code given} tokens, pinned. */
    public static Canvas of(int... given) {
        return new Canvas(Math.max(16, given.length)).pin(given);
    }

    /** Appends tokens that never change. */
    public Canvas pin(int... given) {
        reserve(given.length);
        for (int id : given) {
            set(length++, id, State.PINNED, 1);
        }
        return this;
    }

    /** Appends {@code count} hidden positions. */
    public Canvas extend(int count) {
        reserve(count);
        for (int i = 0; i < count; i++) {
            set(length++, NO_TOKEN, State.HIDDEN, 0);
        }
        return this;
    }

    /** Removes all positions from {@code newLength} on; pinned ones must not be among them. */
    public void truncate(int newLength) {
        for (int i = newLength; i < length; i++) {
            requireUnpinned(i);
        }
        length = Math.min(length, newLength);
    }

    /** Inserts {@code count} hidden positions before {@code position}. */
    public void insert(int position, int count) {
        requirePosition(position, length + 1);
        int tail = length - position;
        extend(count);
        System.arraycopy(ids, position, ids, position + count, tail);
        System.arraycopy(states, position, states, position + count, tail);
        System.arraycopy(confidences, position, confidences, position + count, tail);
        for (int i = position; i < position + count; i++) {
            set(i, NO_TOKEN, State.HIDDEN, 0);
        }
    }

    /** Removes one position that is not pinned; those behind it move up. */
    public void remove(int position) {
        requireUnpinned(position);
        int tail = length - position - 1;
        System.arraycopy(ids, position + 1, ids, position, tail);
        System.arraycopy(states, position + 1, states, position, tail);
        System.arraycopy(confidences, position + 1, confidences, position, tail);
        length--;
    }

    public int length() {
        return length;
    }

    /** All positions. */
    public Span span() {
        return new Span(0, length);
    }

    /** The token at {@code position}, or {@link #NO_TOKEN} while it is hidden. */
    public int id(int position) {
        return ids[requirePosition(position, length)];
    }

    public State state(int position) {
        return states[requirePosition(position, length)];
    }

    /** The probability the token was written with: 1 where pinned, 0 while hidden. */
    public float confidence(int position) {
        return confidences[requirePosition(position, length)];
    }

    public boolean isHidden(int position) {
        return state(position) == State.HIDDEN;
    }

    /** The hidden positions of {@code span}, in order. */
    public int[] hidden(Span span) {
        return in(span, State.HIDDEN);
    }

    /** The positions of {@code span} in {@code state}, in order. */
    public int[] in(Span span, State state) {
        int[] found = new int[span.length()];
        int n = 0;
        for (int i = span.start(); i < span.end(); i++) {
            if (state(i) == state) {
                found[n++] = i;
            }
        }
        return Arrays.copyOf(found, n);
    }

    /** The first position that is neither pinned nor committed; {@link #length} where there is none. */
    public int settledPrefix() {
        int i = 0;
        while (i < length && (states[i] == State.PINNED || states[i] == State.COMMITTED)) {
            i++;
        }
        return i;
    }

    /** Writes a token that is meant to stay. */
    public void commit(int position, int id, float confidence) {
        write(position, id, State.COMMITTED, confidence);
    }

    /** Writes a token as a draft. */
    public void draft(int position, int id, float confidence) {
        write(position, id, State.PROVISIONAL, confidence);
    }

    /** Hides a position again. */
    public void hide(int position) {
        write(position, NO_TOKEN, State.HIDDEN, 0);
    }

    /** Makes the drafts of {@code span} permanent. */
    public void settle(Span span) {
        for (int position : in(span, State.PROVISIONAL)) {
            states[position] = State.COMMITTED;
        }
    }

    private void write(int position, int id, State state, float confidence) {
        requireUnpinned(position);
        set(position, id, state, confidence);
    }

    /** The token ids of {@code span}. */
    public int[] ids(Span span) {
        requirePosition(span.end(), length + 1);
        return Arrays.copyOfRange(ids, span.start(), span.end());
    }

    /** A copy that shares nothing with this canvas. */
    public Canvas copy() {
        Canvas copy = new Canvas(Math.max(16, length));
        copy.length = length;
        System.arraycopy(ids, 0, copy.ids, 0, length);
        System.arraycopy(states, 0, copy.states, 0, length);
        System.arraycopy(confidences, 0, copy.confidences, 0, length);
        return copy;
    }

    /** This canvas as it stands now. */
    public CanvasFrame frame(int step, int forwardPasses, Span block) {
        List<CanvasFrame.Cell> cells = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            cells.add(new CanvasFrame.Cell(ids[i], states[i], confidences[i]));
        }
        return new CanvasFrame(step, forwardPasses, block, cells);
    }

    private void set(int position, int id, State state, float confidence) {
        ids[position] = id;
        states[position] = state;
        confidences[position] = confidence;
    }

    private void reserve(int more) {
        int needed = Math.addExact(length, more);
        if (needed > ids.length) {
            int capacity = Math.max(needed, ids.length * 2);
            ids = Arrays.copyOf(ids, capacity);
            states = Arrays.copyOf(states, capacity);
            confidences = Arrays.copyOf(confidences, capacity);
        }
    }

    private void requireUnpinned(int position) {
        if (state(position) == State.PINNED) {
            throw new IllegalArgumentException("position " + position + " is pinned and cannot change");
        }
    }

    private static int requirePosition(int position, int bound) {
        if (position < 0 || position >= bound) {
            throw new IndexOutOfBoundsException("position must be within 0.." + (bound - 1) + "; got " + position);
        }
        return position;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Canvas[");
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : " ").append(states[i] == State.HIDDEN ? "_" : String.valueOf(ids[i]));
        }
        return text.append(']').toString();
    }
}
