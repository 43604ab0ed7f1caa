package io.palimpsest.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import opennlp.tools.postag.POSModel;
import opennlp.tools.postag.POSTaggerME;

/** Tags words with universal parts of speech by Apache OpenNLP's English model. */
final class PartsOfSpeech {

    private static final String MODEL = "/opennlp-en-ud-ewt-pos-1.2-2.5.0.bin";

    private final POSTaggerME tagger;

    PartsOfSpeech() {
        try (InputStream in = POSTaggerME.class.getResourceAsStream(MODEL)) {
            if (in == null) {
                throw new IllegalStateException("the tagger's model " + MODEL + " is not on the class path");
            }
            tagger = new POSTaggerME(new POSModel(in));
        } catch (IOException e) {
            throw new UncheckedIOException("the tagger's model cannot be read", e);
        }
    }

    /** One tag for each of {@code words}, the spaces before which do not matter. */
    List<String> tags(List<String> words) {
        return List.of(tagger.tag(words.stream().map(String::strip).toArray(String[]::new)));
    }
}
