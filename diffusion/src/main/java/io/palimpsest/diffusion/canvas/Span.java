package io.palimpsest.diffusion.canvas;

/** The positions from {@code start} to before {@code end}. */
public record Span(int start, int end) {

    public Span {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("a span needs 0 <= start <= end; got " + start + " and " + end);
        }
    }

    public int length() {
        return end - start;
    }

    public boolean isEmpty() {
        return start == end;
    }

    public boolean contains(int position) {
        return start <= position && position < end;
    }
}
