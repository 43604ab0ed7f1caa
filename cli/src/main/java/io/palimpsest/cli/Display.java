package io.palimpsest.cli;

import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import java.util.Locale;
import java.util.function.Function;

/** Has a request answered while its canvas is shown. */
record Display(Engine engine, Console console, CommonOptions common, TraceOption.Writing writing) {

    /** Writes behind what is given; only what is written is shown. */
    Answer writing(Request request) {
        return shown(request, common.quiet() ? CanvasView.still(console) : CanvasView.on(console), Display::given);
    }

    /** Fills gaps; all of the text is shown, but into a pipe only when it is finished. */
    Answer filling(Request request) {
        boolean live = !common.quiet() && console.screen().isPresent();
        return shown(request, live ? CanvasView.on(console) : CanvasView.still(console), frame -> 1);
    }

    private Answer shown(Request request, CanvasView view, Function<CanvasFrame, Integer> from) {
        if (common.json()) {
            return writing.generate(engine, request);
        }
        try (view) {
            Answer answer = writing.generate(engine, request.listener(frame -> {
                view.show(Piece.of(frame, from.apply(frame), engine::text));
                console.requireReader();
            }));
            view.finish(answer.text());
            if (console.screen().isPresent() && !common.quiet()) {
                console.err().println(summary(answer));
            }
            return answer;
        }
    }

    private static int given(CanvasFrame frame) {
        int length = 0;
        while (length < frame.cells().size() && frame.cells().get(length).state() == State.PINNED) {
            length++;
        }
        return length;
    }

    private static String summary(Answer answer) {
        return String.format(
                Locale.ROOT,
                "[%d tokens in %.1f s: %.1f a second, %.2f a pass; seed %d]",
                answer.tokens(),
                answer.seconds(),
                answer.tokensPerSecond(),
                answer.tokensPerForward(),
                answer.seed());
    }
}
