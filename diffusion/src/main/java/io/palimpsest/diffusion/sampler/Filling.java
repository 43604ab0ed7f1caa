package io.palimpsest.diffusion.sampler;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** How far one canvas is: its block, its steps, and what one step does to it. */
final class Filling {

    private final Fill fill;
    private final Sampler parts;
    private final Canvas canvas;
    private final Blocks.Walk walk;

    private Span block = new Span(0, 0);
    private int hiddenAtStart;
    private int fewestHidden;
    private int stepInBlock;
    private int stepsSinceFull;
    private int lastWritten;
    private int fruitless;
    private int steps;
    private boolean again;
    private boolean stopped;
    private boolean done;

    Filling(Fill fill, Sampler parts) {
        this.fill = fill;
        this.parts = parts;
        this.canvas = fill.canvas();
        this.walk = parts.blocks().walk(canvas);
    }

    /** Moves on to the next block where this one is finished; false when there is none. */
    boolean open() {
        if (!done && !again && steps > 0) {
            slide();
        }
        while (!done && !again && !hasHidden()) {
            canvas.settle(block);
            stopped = stopped || walk.stopped();
            Optional<Span> next = stopped ? Optional.empty() : walk.next();
            next.ifPresentOrElse(this::begin, () -> done = true);
        }
        return !done;
    }

    private void slide() {
        Span slid = walk.slide(block);
        if (!slid.equals(block)) {
            begin(slid);
        }
    }

    private boolean hasHidden() {
        return canvas.hidden(block).length > 0;
    }

    private void begin(Span next) {
        block = next;
        hiddenAtStart = canvas.hidden(next).length;
        fewestHidden = hiddenAtStart;
        stepInBlock = 0;
        stepsSinceFull = 0;
        lastWritten = 0;
        fruitless = 0;
        if (steps == 0) {
            publish();
        }
    }

    Denoiser.View view() {
        return new Denoiser.View(canvas, block);
    }

    void step(Tensor logits) { // (block length, V)
        steps++;
        stepsSinceFull += hasHidden() ? 0 : 1;
        Step step = new Step(steps, stepInBlock, stepsSinceFull, block, hiddenAtStart, lastWritten, fill.seed());
        Proposals proposals = Proposals.of(canvas, logits, parts.choice(), step);
        int[] written = write(proposals, choose(proposals));
        revise(logits, step, written);
        lastWritten = written.length;
        stepInBlock++;
        stop();
        publish();
    }

    private int[] choose(Proposals proposals) {
        return isExhausted() || proposals.size() == 0
                ? IntStream.range(0, proposals.size()).toArray()
                : parts.unmasking().choose(proposals);
    }

    /** Whether the block has had enough steps that brought it no further. */
    private boolean isExhausted() {
        return fruitless >= parts.patience();
    }

    private int[] write(Proposals proposals, int[] chosen) {
        for (int i : chosen) {
            if (parts.remasking().isNone()) {
                canvas.commit(proposals.position(i), proposals.id(i), proposals.probability(i));
            } else {
                canvas.draft(proposals.position(i), proposals.id(i), proposals.probability(i));
            }
        }
        return Arrays.stream(chosen).map(proposals::position).sorted().toArray();
    }

    private void revise(Tensor logits, Step step, int[] written) {
        int length = canvas.length();
        again = !isExhausted() && parts.remasking().revise(canvas, logits, step, written);
        block = new Span(block.start(), block.end() + canvas.length() - length);
        int hidden = canvas.hidden(block).length;
        fruitless = hidden < fewestHidden ? 0 : fruitless + 1;
        fewestHidden = Math.min(fewestHidden, hidden);
    }

    private void stop() {
        if (walk.stopped()) {
            stopped = true;
            done = true;
            block = new Span(Math.min(block.start(), canvas.length()), Math.min(block.end(), canvas.length()));
        }
    }

    private void publish() {
        fill.listener().accept(canvas.frame(steps, steps, block));
    }

    Filled filled() {
        return Filled.of(canvas, steps, steps, stopped ? Filled.Finish.STOP : Filled.Finish.LENGTH);
    }
}
