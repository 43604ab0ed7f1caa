package io.palimpsest.model.folder;

import io.palimpsest.model.weights.Weights;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Gguf;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a GGUF file under the names that transformers has for them, rows in its order. Experts, which the file has
 * side by side in one tensor, are told apart again.
 */
record GgufWeights(Gguf file, GgufArchitecture architecture, int heads, int kvHeads) implements Weights {

    private static final Pattern EXPERT = Pattern.compile("(.+\\.experts)\\.(\\d+)(\\..+)");

    /** The tensor of the file that holds what transformers calls {@code name}. */
    String nameInFile(String name) {
        Matcher expert = EXPERT.matcher(name);
        return architecture.nameInFile(expert.matches() ? expert.group(1) + expert.group(3) : name);
    }

    @Override
    public boolean has(String name) {
        return file.has(nameInFile(name));
    }

    @Override
    public Tensor get(String name) {
        Tensor found = file.read(nameInFile(name));
        Matcher expert = EXPERT.matcher(name);
        if (expert.matches() && found.dim() == 3 && Integer.parseInt(expert.group(2)) < found.size(0)) {
            return found.select(0, Integer.parseInt(expert.group(2)));
        }
        if (!architecture.neighbours()) {
            return found;
        }
        if (name.contains("q_proj.")) {
            return halvesApart(found, heads);
        }
        return name.contains("k_proj.") ? halvesApart(found, kvHeads) : found;
    }

    private static Tensor halvesApart(Tensor rows, int heads) { // (H * D) or (H * D, in)
        if (rows.size(0) % (2L * heads) != 0) {
            return rows; // the shape is wrong, which is said by whoever wants it
        }
        long[] apart = new long[rows.dim() + 2];
        apart[0] = heads;
        apart[1] = rows.size(0) / heads / 2;
        apart[2] = 2;
        System.arraycopy(rows.shape(), 1, apart, 3, rows.dim() - 1);
        return rows.view(apart).transpose(1, 2).reshape(rows.shape());
    }

    @Override
    public String describe(String name) {
        return file.path() + ": tensor '" + nameInFile(name) + "'";
    }
}
