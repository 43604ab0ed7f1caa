package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.Magvit2;
import io.palimpsest.model.folder.EmbeddingModel;
import io.palimpsest.model.folder.PublishedModel;
import java.util.Optional;

/** Computes again what one kind of test recorded. */
interface Replay {

    /**
     * What a test runs with.
     *
     * @param loaded the fixture's checkpoint, loaded in fp32; empty where there is no code for it
     * @param embedded the same where it denoises word embeddings
     * @param imaged the image tokenizer, where the fixture is or has one
     */
    record Subject(
            Fixture fixture,
            Optional<PublishedModel> loaded,
            Optional<EmbeddingModel> embedded,
            Optional<Magvit2> imaged) {

        PublishedModel model() {
            return loaded.orElseThrow(this::unknown);
        }

        EmbeddingModel embeddings() {
            return embedded.orElseThrow(this::unknown);
        }

        Magvit2 images() {
            return imaged.orElseThrow(() -> new UnsupportedTestException("there is no image tokenizer"));
        }

        private UnsupportedTestException unknown() {
            return new UnsupportedTestException("there is no code for models of family " + fixture.family());
        }

        int maskId() {
            return fixture.maskId().orElseThrow(() -> new UnsupportedTestException("the fixture names no mask"));
        }
    }

    void run(Subject subject, RecordedTest test, Comparison comparison);
}
