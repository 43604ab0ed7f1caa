package io.palimpsest.training.adapter;

import java.nio.file.Path;
import java.util.List;

/**
 * What an adapter's files say about its making.
 *
 * @param base the name of the base model
 * @param baseSha256 the sum of the base model's file
 * @param blockLengths how many positions were hidden together
 * @param targets the tokens it was trained to predict, those of the adapter it started from among them
 */
public record AdapterCard(String base, String baseSha256, List<Integer> blockLengths, long targets) {

    public AdapterCard {
        blockLengths = List.copyOf(blockLengths);
    }

    /** How many tokens the adapter in {@code folder} was trained to predict. */
    public static long targets(Path folder) {
        return new AdapterFolder(folder).targets();
    }
}
