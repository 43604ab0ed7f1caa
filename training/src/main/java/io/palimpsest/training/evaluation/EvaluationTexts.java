package io.palimpsest.training.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The texts every evaluation uses; none of them is trained on. */
final class EvaluationTexts {

    private EvaluationTexts() {}

    /** Requests of our own, other ones than the recipes'. */
    static List<String> prompts() {
        return lines("prompts.txt");
    }

    /** Paragraphs of public-domain English books that are kept away from training. */
    static List<String> passages() {
        return lines("passages.txt");
    }

    private static List<String> lines(String name) {
        try (InputStream in = EvaluationTexts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
