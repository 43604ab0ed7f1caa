package io.palimpsest.model.verify;

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
 * @param count how many blocks are filled at most
 */
record FastDllmV2Blocks(FastDllmV2Denoiser denoiser, int length, int small, int count) implements Blocks {

    @Override
    public Walk walk(Canvas canvas) {
        return new Walk() {
            private int begun;

            @Override
            public Optional<Span> next() {
                if (begun == 0) {
                    prefill();
                }
                Optional<Span> open = open();
                if (open.isPresent()) {
                    return open;
                }
                if (begun > 0) {
                    follow();
                }
                return begun < count ? begin() : Optional.empty();
            }

            /** Only a prompt longer than a block is computed ahead. */
            private void prefill() {
                if (canvas.length() > length) {
                    int full = canvas.length() / length * length;
                    int token = denoiser.settle(canvas, full);
                    if (full == canvas.length()) {
                        append(token);
                    }
                }
            }

            private void follow() {
                append(denoiser.settle(canvas, canvas.length()));
            }

            private void append(int token) {
                int at = canvas.length();
                canvas.extend(1);
                canvas.commit(at, token, 1);
            }

            private Optional<Span> begin() {
                begun++;
                canvas.extend(length - canvas.length() % length);
                return open();
            }

            private Optional<Span> open() {
                int[] hidden = canvas.hidden(canvas.span());
                if (hidden.length == 0) {
                    return Optional.empty();
                }
                int start = hidden[0] / small * small;
                return Optional.of(new Span(start, start + small));
            }
        };
    }
}
