package io.palimpsest.model.tokenizer;

import java.util.Random;

/** Text from all planes of Unicode that have characters, for seeded tests. */
final class RandomText {

    private static final String[] PIECES = {
        "the ", " keeper", "don't", "\n\n", "\t", "  ", "12345", "3.14", "漢字", "👩‍🚀", "é", "e\u0301", "ß", "مرحبا",
        "\r\n", "<|", "|>", "im_end"
    };

    private RandomText() {}

    static String of(long seed) {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = random.nextInt(60); i >= 0; i--) {
            if (random.nextBoolean()) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            } else {
                text.appendCodePoint(character(random));
            }
        }
        return text.toString();
    }

    private static int character(Random random) {
        int bound = random.nextInt(4) == 0 ? 0x32000 : 0x3000;
        int character = random.nextInt(bound);
        boolean text = character >= ' ' && (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE);
        return text ? character : ' ';
    }
}
