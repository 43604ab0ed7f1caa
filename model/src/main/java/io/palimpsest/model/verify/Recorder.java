package io.palimpsest.model.verify;

import io.palimpsest.model.architecture.CanvasNetwork;
import io.palimpsest.model.layer.Attend;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A network that notes what each forward pass is given. */
record Recorder(CanvasNetwork network, List<int[]> calls) implements CanvasNetwork {

    Recorder(CanvasNetwork network) {
        this(network, new ArrayList<>());
    }

    @Override
    public Tensor logits(Tensor ids, int[] positions, Attend attend) {
        calls.addAll(List.of(Ids.rows(ids.toInts(), (int) ids.size(1))));
        return network.logits(ids, positions, attend);
    }
}
