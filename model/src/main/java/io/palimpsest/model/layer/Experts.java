package io.palimpsest.model.layer;

import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A mixture of experts (arXiv:1701.06538): a router sends each row to a few of many feed-forward parts, and their answers are
 * summed under the router's weights.
 *
 * @param router which experts a row goes to
 * @param experts the parts, (n, C) -> (n, C) each
 */
public record Experts(Router router, List<UnaryOperator<Tensor>> experts) {

    public Experts {
        experts = List.copyOf(experts);
    }

    /** Chooses experts for rows. */
    public interface Router {
        Routes route(Tensor x); // (N, C)
    }

    /**
     * Where rows go.
     *
     * @param scores (N, E), what the router computed first
     * @param ids (N, k)
     * @param weights (N, k)
     */
    public record Routes(Tensor scores, Tensor ids, Tensor weights) {}

    public Tensor forward(Tensor x) { // (N, C) -> (N, C)
        Routes routes = router.route(x);
        int k = (int) routes.ids.size(1);
        List<List<Integer>> slots = slots(routes.ids.toInts());
        Tensor flat = routes.weights.reshape(-1); // (N * k)
        Tensor sum = Tensor.zeros(x.shape());
        for (int expert = 0; expert < experts.size(); expert++) {
            int[] own = slots.get(expert).stream().mapToInt(i -> i).toArray();
            if (own.length > 0) {
                Tensor rows = Tensor.ids(Arrays.stream(own).map(s -> s / k).toArray());
                Tensor weight = flat.indexSelect(0, Tensor.ids(own)).unsqueeze(1); // (n, 1)
                Tensor y = experts.get(expert).apply(x.indexSelect(0, rows)); // (n, C)
                sum.indexAdd_(0, rows, y.mul(weight));
            }
        }
        return sum;
    }

    private List<List<Integer>> slots(int[] ids) {
        List<List<Integer>> slots = new ArrayList<>();
        experts.forEach(expert -> slots.add(new ArrayList<>()));
        for (int i = 0; i < ids.length; i++) {
            slots.get(ids[i]).add(i);
        }
        return slots;
    }
}
