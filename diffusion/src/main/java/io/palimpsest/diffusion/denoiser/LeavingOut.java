package io.palimpsest.diffusion.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A denoiser that predicts each token as if it stood hidden, all others in sight: exactly, by asking about a canvas of its own
 * for each. What is given is not asked about, and keeps the logits it had.
 */
record LeavingOut(Denoiser denoiser) implements Denoiser {

    @Override
    public List<Tensor> logits(List<View> views) {
        List<View> asked = new ArrayList<>(views);
        views.forEach(view -> written(view).forEach(position -> asked.add(without(view.canvas(), position))));
        List<Tensor> answers = denoiser.logits(asked);
        asked.subList(views.size(), asked.size()).forEach(view -> denoiser.release(view.canvas()));
        List<Tensor> logits = new ArrayList<>();
        int next = views.size();
        for (int i = 0; i < views.size(); i++) {
            int[] written = written(views.get(i)).toArray();
            logits.add(replaced(
                    answers.get(i),
                    written,
                    views.get(i).span().start(),
                    answers.subList(next, next + written.length)));
            next += written.length;
        }
        return logits;
    }

    private static IntStream written(View view) {
        return IntStream.range(view.span().start(), view.span().end())
                .filter(p -> view.canvas().state(p) == State.PROVISIONAL
                        || view.canvas().state(p) == State.COMMITTED);
    }

    private static View without(Canvas canvas, int position) {
        Canvas twin = canvas.copy();
        twin.hide(position);
        return new View(twin, new Span(position, position + 1));
    }

    private static Tensor replaced(Tensor logits, int[] positions, int start, List<Tensor> rows) { // (n, V)
        if (positions.length == 0) {
            return logits;
        }
        List<Tensor> all = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < positions.length; i++) {
            int row = positions[i] - start;
            all.add(logits.narrow(0, from, row - from));
            all.add(rows.get(i));
            from = row + 1;
        }
        all.add(logits.narrow(0, from, logits.size(0) - from));
        return Tensor.cat(all, 0);
    }

    @Override
    public Denoiser leavingOut() {
        return this;
    }

    @Override
    public void release(Canvas canvas) {
        denoiser.release(canvas);
    }
}
