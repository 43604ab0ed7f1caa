package io.palimpsest.training.objective;

import io.palimpsest.tensor.Seed;
import io.palimpsest.training.data.Example;
import java.util.Arrays;
import java.util.List;

/**
 * Which tokens of texts are given and which are to be written, drawn anew each time so that one network learns to write from
 * nothing, behind a prompt, into a gap and up to a given end (the masks of CDCD, arXiv:2211.15089, section 4.2).
 *
 * @param padding the token behind a text's end
 */
record GivenParts(int padding) {

    /** The share of texts of which nothing is given. */
    private static final double NOTHING = 0.5;

    /** 1 for each given cell, B * T; tokens before an example's start always are. */
    float[] draw(List<Example> batch, Seed seed) {
        int length = batch.get(0).ids().length;
        float[] given = new float[batch.size() * length];
        for (int row = 0; row < batch.size(); row++) {
            boolean[] own = draw(batch.get(row), seed.child(row));
            for (int i = 0; i < length; i++) {
                given[row * length + i] = own[i] ? 1 : 0;
            }
        }
        return given;
    }

    private boolean[] draw(Example example, Seed seed) {
        boolean[] given = new boolean[example.ids().length];
        Arrays.fill(given, 0, example.start(), true);
        int end = end(example);
        if (seed.uniform() >= NOTHING) {
            switch (seed.below(4)) {
                case 0 -> Arrays.fill(given, 0, place(example.start(), end, seed), true);
                case 1 -> around(given, example.start(), end, seed);
                case 2 -> Arrays.fill(given, Math.min(end, given.length) - 1, given.length, true);
                default -> some(given, seed);
            }
        }
        return given;
    }

    /** All but the tokens between two places and, half the time, those from a third on; at least one is to be written. */
    private static void around(boolean[] given, int start, int end, Seed seed) {
        int a = place(start, end, seed);
        int b = place(start, end, seed);
        int last = seed.uniform() < 0.5 ? given.length : place(Math.max(a, b), end, seed) + 1;
        Arrays.fill(given, 0, Math.min(a, b), true);
        Arrays.fill(given, Math.min(last, Math.max(a, b) + 1), last, true);
    }

    private static void some(boolean[] given, Seed seed) {
        double share = seed.uniform();
        for (int i = 0; i < given.length - 1; i++) {
            given[i] = given[i] || seed.uniform() < share;
        }
    }

    private static int place(int start, int end, Seed seed) {
        return start + seed.below(Math.max(1, end - start));
    }

    /** The first position behind the text and its end token. */
    private int end(Example example) {
        int end = example.ids().length;
        while (end > example.start() + 1 && example.ids()[end - 1] == padding) {
            end--;
        }
        return end;
    }
}
