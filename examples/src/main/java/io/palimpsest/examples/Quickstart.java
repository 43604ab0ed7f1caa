package io.palimpsest.examples;

import io.palimpsest.diffusion.canvas.State;
import io.palimpsest.engine.Answer;
import io.palimpsest.engine.Engine;
import io.palimpsest.engine.Request;
import io.palimpsest.models.DefaultModel;

/** Loads the model that ships with Palimpsest, writes a text, watches it settle, and fills a gap. */
public final class Quickstart {

    private Quickstart() {}

    public static void main(String... arguments) {
        // tag::quickstart[]
        try (Engine engine = Engine.open(DefaultModel.folder())) {
            Request story = Request.chat("Write a short story about a lighthouse.")
                    .maxTokens(60)
                    .seed(7)
                    .listener(frame -> System.err.println(
                            "hidden or drafted: " + (frame.count(State.HIDDEN) + frame.count(State.PROVISIONAL))));
            Answer answer = engine.generate(story);
            System.out.println(answer.text());
            System.out.printf("%.1f tokens for each pass of the network%n", answer.tokensPerForward());

            System.out.println(engine.generate(Request.infill("The sun rises in the [[1]] and sets in the [[1]]."))
                    .text());
        }
        // end::quickstart[]
    }
}
