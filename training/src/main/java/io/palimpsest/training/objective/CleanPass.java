package io.palimpsest.training.objective;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.layer.Sight;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the frozen base says about a batch, computed once, without gradients: the keys and values of every token, and its
 * distribution of each token that may be learnt.
 *
 * @param rows the tokens of the batch
 * @param keys (L, B, n, Hkv, D)
 * @param values (L, B, n, Hkv, D)
 * @param teachers for each sequence, its first row among the K teacher rows less the position it teaches
 * @param topIds the base's likeliest tokens, (K, k)
 * @param topProbabilities (K, k), summing to 1
 */
record CleanPass(Ragged rows, Tensor keys, Tensor values, int[] teachers, Tensor topIds, Tensor topProbabilities) {

    static CleanPass of(Llama body, List<Example> batch, int k) {
        return Scope.withoutGradients(() -> run(body, batch, k));
    }

    private static CleanPass run(Llama body, List<Example> batch, int k) {
        Llama.Config c = body.config();
        int[] ids = MaskedNextToken.concat(batch.stream().map(Example::ids).toList());
        int[] positions = MaskedNextToken.concat(batch.stream()
                .map(e -> IntStream.range(0, e.ids().length).toArray())
                .toList());
        Ragged rows = new Ragged(batch.stream().mapToInt(e -> e.ids().length).toArray());
        DType compute = BatchAttention.compute(body);
        Tensor keys = Tensor.zeros(compute, c.layers(), rows.sequences(), rows.longest(), c.kvHeads(), c.headDim());
        Tensor values = Tensor.zeros(compute, c.layers(), rows.sequences(), rows.longest(), c.kvHeads(), c.headDim());
        Tensor x = body.layers(
                0, c.layers(), body.embed(ids), body.rope().at(positions), ids.length, causal(rows, keys, values));
        int[] teachers = new int[batch.size()];
        List<Integer> taught = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < batch.size(); i++) {
            Example example = batch.get(i);
            teachers[i] = taught.size() - example.start();
            for (int at = example.start(); at < example.ids().length; at++) {
                taught.add(start + at - 1);
            }
            start += example.ids().length;
        }
        Tensor.Top top = topTokens(body, x.indexSelect(0, MaskedNextToken.ids(taught)), k);
        Tensor mass = top.values().sum(1).unsqueeze(1);
        return new CleanPass(
                rows, keys, values, teachers, top.indices(), top.values().div(mass));
    }

    private static Tensor.Top topTokens(Llama body, Tensor x, int k) {
        Tensor values = Tensor.zeros(x.size(0), k);
        Tensor indices = Tensor.zeros(DType.I64, x.size(0), k);
        body.logits(x, (from, logits) -> {
            Tensor.Top top = logits.softmax(-1).topk(k, -1);
            values.narrow(0, from, logits.size(0)).copy_(top.values());
            indices.narrow(0, from, logits.size(0)).copy_(top.indices());
        });
        return new Tensor.Top(values, indices);
    }

    /** Padding stands behind every sequence, where causal rows do not look. */
    private static Llama.Attend causal(Ragged rows, Tensor keys, Tensor values) {
        Tensor mask = Sight.causal(rows.longest()).bias().to(keys.dtype()); // (1, 1, n, n)
        return (layer, q, k, v) -> {
            keys.select(0, layer).copy_(rows.pad(k));
            values.select(0, layer).copy_(rows.pad(v));
            Tensor y = BatchAttention.apply(
                    rows.pad(q.to(keys.dtype())), keys.select(0, layer), values.select(0, layer), mask);
            return rows.flat(y).toFloat();
        };
    }

    /** The row of the base's distribution of the token at {@code position}. */
    int teacherRow(int sequence, int position) {
        return teachers[sequence] + position;
    }

    /** Attention of the rows of {@code plans}: each sees its sequence's clean tokens before its block, and its own block. */
    Llama.Attend attend(List<CanvasPlan> plans) {
        Ragged canvas = new Ragged(plans.stream().mapToInt(p -> p.ids().length).toArray());
        Tensor mask = mask(plans, canvas);
        DType compute = keys.dtype();
        return (layer, q, k, v) -> {
            Tensor seenKeys = Tensor.cat(keys.select(0, layer), canvas.pad(k.to(compute)), 1); // (B, n + m, Hkv, D)
            Tensor seenValues = Tensor.cat(values.select(0, layer), canvas.pad(v.to(compute)), 1);
            Tensor y = BatchAttention.apply(canvas.pad(q.to(compute)), seenKeys, seenValues, mask);
            return canvas.flat(y).toFloat();
        };
    }

    private Tensor mask(List<CanvasPlan> plans, Ragged canvas) { // (B, 1, m, n + m)
        int[] sees = MaskedNextToken.concat(plans.stream().map(CanvasPlan::sees).toList());
        int[] blocks = MaskedNextToken.concat(
                plans.stream().map(CanvasPlan::blockOfRow).toList());
        Tensor clean = Tensor.arange(0, rows.longest())
                .view(1, 1, rows.longest())
                .lt(canvas.pad(sees, 1).unsqueeze(2)); // a row of padding sees one token: none would be 0/0
        Tensor own =
                canvas.pad(blocks, -1).unsqueeze(2).eq(canvas.pad(blocks, -2).unsqueeze(1));
        return BatchAttention.additive(Tensor.cat(clean, own, 2), keys.dtype()).unsqueeze(1);
    }
}
