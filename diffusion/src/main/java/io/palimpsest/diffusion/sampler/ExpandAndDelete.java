package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Tokens that change a gap's length (DreamOn, hkunlp.github.io/blog/2025/dreamon): a position that proposes to expand becomes two
 * hidden ones, and one that proposes to delete goes, with all that are hidden behind it in its gap.
 *
 * <p>It is two parts of one sampler: the denoiser, which proposes to expand only while there is room and a budget, and the
 * remasking, which does what was proposed.
 */
public final class ExpandAndDelete implements Denoiser, Remasking {

    private final Denoiser denoiser;
    private final int expand;
    private final int delete;
    private final int room;
    private final Map<Canvas, Account> accounts = new HashMap<>();

    /**
     * Closing this one leaves {@code denoiser} open.
     *
     * @param expand the token of a position that becomes two
     * @param delete the token of a position that goes
     * @param room how many positions longer a canvas may be than at first
     */
    public ExpandAndDelete(Denoiser denoiser, int expand, int delete, int room) {
        this.denoiser = denoiser;
        this.expand = expand;
        this.delete = delete;
        this.room = room;
    }

    /** What one canvas may still do. */
    private static final class Account {
        private final int longest;
        private int expansions; // those of positions that are deleted again count, too, so that there is an end

        Account(Canvas canvas, int room) {
            longest = canvas.length() + room;
            expansions = 2 * room;
        }
    }

    private Account account(Canvas canvas) {
        return accounts.computeIfAbsent(canvas, c -> new Account(c, room));
    }

    @Override
    public List<Tensor> logits(List<View> views) {
        List<Tensor> all = denoiser.logits(views);
        List<Tensor> allowed = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Canvas canvas = views.get(i).canvas();
            boolean free = canvas.length() < account(canvas).longest && account(canvas).expansions > 0;
            allowed.add(free ? all.get(i) : withoutExpand(all.get(i)));
        }
        return allowed;
    }

    private Tensor withoutExpand(Tensor logits) { // (n, V)
        float[] bias = new float[(int) logits.size(1)];
        bias[expand] = Float.NEGATIVE_INFINITY;
        return logits.add(Tensor.of(bias));
    }

    @Override
    public boolean revise(Canvas canvas, Tensor logits, Step step, int[] written) {
        int[] gone = deleted(canvas, step.block(), written);
        for (int i = written.length - 1; i >= 0; i--) {
            if (canvas.id(written[i]) == expand && Arrays.binarySearch(gone, written[i]) < 0) {
                expand(canvas, written[i]);
                gone = shifted(gone, written[i]);
            }
        }
        for (int i = gone.length - 1; i >= 0; i--) {
            canvas.remove(gone[i]);
        }
        return false;
    }

    private void expand(Canvas canvas, int position) {
        Account account = account(canvas);
        if (canvas.length() < account.longest) {
            canvas.insert(position, 1);
            canvas.hide(position + 1);
        } else {
            canvas.hide(position); // several expansions in one step may ask for more than there is
        }
        account.expansions--;
    }

    /** Ascending positions where those behind {@code position} have moved up. */
    private static int[] shifted(int[] positions, int position) {
        return Arrays.stream(positions).map(p -> p > position ? p + 1 : p).toArray();
    }

    private int[] deleted(Canvas canvas, Span block, int[] written) {
        return Arrays.stream(written)
                .filter(p -> canvas.id(p) == delete)
                .flatMap(first -> IntStream.range(first, block.end())
                        .takeWhile(p -> canvas.state(p) != State.PINNED)
                        .filter(p -> canvas.isHidden(p) || Arrays.binarySearch(written, p) >= 0))
                .distinct()
                .sorted()
                .toArray();
    }

    @Override
    public int patience() {
        return 64 + 4 * room;
    }

    @Override
    public void release(Canvas canvas) {
        accounts.remove(canvas);
        denoiser.release(canvas);
    }
}
