package io.palimpsest.model.denoiser;

import io.palimpsest.diffusion.canvas.Canvas;
import java.util.IdentityHashMap;
import java.util.function.Function;

/** What a denoiser keeps for each canvas between calls: begun when it is first asked about, closed when it is released. */
final class Sessions<S extends Sessions.Session> implements AutoCloseable {

    /** What is kept for one canvas. */
    interface Session extends AutoCloseable {
        @Override
        void close();
    }

    private final IdentityHashMap<Canvas, S> open = new IdentityHashMap<>();
    private final Function<Canvas, S> begin;

    Sessions(Function<Canvas, S> begin) {
        this.begin = begin;
    }

    S of(Canvas canvas) {
        return open.computeIfAbsent(canvas, begin);
    }

    void release(Canvas canvas) {
        S session = open.remove(canvas);
        if (session != null) {
            session.close();
        }
    }

    @Override
    public void close() {
        open.values().forEach(Session::close);
        open.clear();
    }
}
