package io.palimpsest.training.data;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Which texts are kept away from training: a text's own hash decides, so that it stays on its side whatever else is read,
 * and so does its duplicate.
 *
 * @param share the share that is kept away, 0 to 1
 */
public record HoldOut(double share) {

    private static final int STEPS = 10_000;

    public HoldOut {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("the share held out must be at least 0 and below 1; got " + share);
        }
    }

    public boolean isHeldOut(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return sum.getValue() % STEPS < share * STEPS;
    }
}
