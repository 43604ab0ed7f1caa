package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.List;

/**
 * Fills canvases by denoising: asks the model, commits the proposals that the policy picks, and asks again until nothing
 * is hidden.
 *
 * <p>All that published methods differ in is a part of this record; see the table in the package's documentation. Several
 * canvases advance together, one call of the network for all, each with its own blocks, steps and randomness: what a
 * canvas receives does not depend on its neighbours.
 */
public record Sampler(Denoiser denoiser, Blocks blocks, TokenChoice choice, Unmasking unmasking, Remasking remasking) {

    /** A sampler that never takes a token back. */
    public Sampler(Denoiser denoiser, Blocks blocks, TokenChoice choice, Unmasking unmasking) {
        this(denoiser, blocks, choice, unmasking, Remasking.none());
    }

    /** How many steps in a row may leave a block no fuller than it ever was. */
    int patience() {
        return Math.max(unmasking.patience(), remasking.patience());
    }

    /** Fills all canvases; the answers are in the order of the requests. */
    public List<Filled> fill(List<Fill> fills) {
        List<Filling> fillings =
                fills.stream().map(fill -> new Filling(fill, this)).toList();
        try {
            for (List<Filling> open = open(fillings); !open.isEmpty(); open = open(open)) {
                step(open);
            }
        } finally {
            fills.forEach(fill -> denoiser.release(fill.canvas()));
        }
        return fillings.stream().map(Filling::filled).toList();
    }

    /** Fills one canvas without a listener. */
    public Filled fill(Canvas canvas, Seed seed) {
        return fill(List.of(new Fill(canvas, seed, frame -> {}))).get(0);
    }

    private static List<Filling> open(List<Filling> fillings) {
        return fillings.stream().filter(Filling::open).toList();
    }

    private void step(List<Filling> open) {
        try (Scope memory = Scope.inference()) {
            List<Tensor> logits =
                    denoiser.logits(open.stream().map(Filling::view).toList());
            for (int i = 0; i < open.size(); i++) {
                open.get(i).step(logits.get(i));
            }
        }
    }
}
