package io.palimpsest.diffusion.noise;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How often each token of a vocabulary occurs in a body of text. */
public final class TokenStatistics {

    private final double[] information;
    private final double[] rarity;

    private TokenStatistics(double[] information, double[] rarity) {
        this.information = information;
        this.rarity = rarity;
    }

    /** From the number of times each token was seen; those never seen count as once. */
    public static TokenStatistics of(long[] counts) {
        double total = Arrays.stream(counts).map(c -> Math.max(c, 1)).sum();
        double[] information = Arrays.stream(counts)
                .mapToDouble(c -> Math.log(total / Math.max(c, 1)))
                .toArray();
        int[] commonestFirst = IntStream.range(0, counts.length)
                .boxed()
                .sorted(Comparator.comparingLong((Integer id) -> -counts[id]).thenComparing(id -> id))
                .mapToInt(id -> id)
                .toArray();
        double[] rarity = new double[counts.length];
        for (int rank = 0; rank < commonestFirst.length; rank++) {
            rarity[commonestFirst[rank]] = rank / Math.max(1.0, commonestFirst.length - 1.0);
        }
        return new TokenStatistics(information, rarity);
    }

    /** Counts the tokens of {@code texts}. */
    public static TokenStatistics count(Iterable<int[]> texts, int vocabulary) {
        long[] counts = new long[vocabulary];
        for (int[] text : texts) {
            for (int id : text) {
                counts[id]++;
            }
        }
        return of(counts);
    }

    /** What a token tells, -log p(token), in nats. */
    double information(int id) {
        return information[id];
    }

    /** A token's rank by frequency, from 0 for the commonest to 1 for the rarest. */
    double rarity(int id) {
        return rarity[id];
    }
}
