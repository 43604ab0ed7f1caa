package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.sampler.Blocks;
import java.util.Optional;

/**
 * Fast-dLLM v2's way through a text (arXiv:2509.26328): blocks in small pieces, and behind each finished block one token that
 * its last row predicts.
 *
 * @param length the length of a block; blocks are counted from position 0
 * @param small the length of a piece
 * @param end how long a canvas becomes at most
 */
public record FastDllmV2Blocks(FastDllmV2Denoiser denoiser, int length, int small, int end) implements Blocks {

    public FastDllmV2Blocks {
        if (small < 1 || length % small != 0) {
            throw new IllegalArgumentException(
                    "the length of a piece must be a divisor of the block's (" + length + "); got " + small);
        }
    }

    @Override
    public Walk walk(Canvas canvas) {
        return new Walk() {
            private boolean begun;

            @Override
            public Optional<Span> next() {
                if (!begun) {
                    prefill();
                    begun = true;
                }
                Optional<Span> open = open();
                if (open.isEmpty() && canvas.length() < end) {
                    begin();
                    open = open();
                }
                return open;
            }

            /** Only a prompt longer than a block is computed ahead. */
            private void prefill() {
                int full = canvas.length() / length * length;
                if (full > 0 && canvas.length() > length) {
                    append(denoiser.settle(canvas, full), full == canvas.length());
                }
            }

            private void append(int token, boolean wanted) {
                if (wanted) {
                    int at = canvas.length();
                    canvas.extend(1);
                    canvas.commit(at, token, 1);
                }
            }

            private void begin() {
                if (canvas.length() % length == 0 && canvas.length() > 0) {
                    append(denoiser.settle(canvas, canvas.length()), true);
                }
                canvas.extend(Math.min(length - canvas.length() % length, end - canvas.length()));
            }

            private Optional<Span> open() {
                int[] hidden = canvas.hidden(canvas.span());
                if (hidden.length == 0) {
                    return Optional.empty();
                }
                int start = hidden[0] / small * small;
                return Optional.of(new Span(start, Math.min(start + small, canvas.length())));
            }
        };
    }
}
