package io.palimpsest.model.folder;

import io.palimpsest.tensor.file.TensorInfo;
import java.util.Arrays;
import java.util.Collection;
import java.util.regex.Pattern;

/** What one row costs in linear maps: a multiplication for each of their weights, of experts for those that are chosen. */
final class RowCost {

    private static final Pattern TABLE = Pattern.compile("embed|wte|wpe");
    private static final Pattern EXPERTS = Pattern.compile("\\.experts\\.|_exps\\.");

    private RowCost() {}

    static long of(Collection<TensorInfo> tensors, Configuration config) {
        int vocabulary = config.integer("vocab_size", 1, 1 << 24);
        boolean hasHead = tensors.stream().anyMatch(t -> isMatrix(t) && !isTable(t) && isAsWide(t, vocabulary));
        double chosen = config.has("num_experts") && config.has("num_experts_per_tok")
                ? config.positive("num_experts_per_tok") / config.positive("num_experts")
                : 1;
        return Math.round(tensors.stream()
                .filter(t -> isMatrix(t) && (!isTable(t) || (!hasHead && isAsWide(t, vocabulary))))
                .mapToDouble(t -> t.elements() * (EXPERTS.matcher(t.name()).find() ? chosen : 1))
                .sum());
    }

    private static boolean isMatrix(TensorInfo tensor) {
        return tensor.shape().length >= 2;
    }

    /** A table is looked up; one that has no head beside it multiplies as well. */
    private static boolean isTable(TensorInfo tensor) {
        return TABLE.matcher(tensor.name()).find();
    }

    private static boolean isAsWide(TensorInfo tensor, int vocabulary) {
        return Arrays.stream(tensor.shape()).anyMatch(size -> size >= vocabulary);
    }
}
