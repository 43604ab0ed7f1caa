package io.palimpsest.training.benchmark;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.layer.Linear;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The matrix products of one step of a gated Llama and nothing else: every linear map, on as many rows as it gets there. */
record Products(List<Product> all) {

    /** A linear map and rows for it. */
    private record Product(Linear map, Tensor rows) {
        void run() {
            try (Scope memory = Scope.inference()) {
                map.forward(rows, Math.min(1, rows.size(0))); // one clean row, the rest adapted
            }
        }
    }

    static Products of(Llama body, int rows) {
        Llama.Config c = body.config();
        List<Product> products = new ArrayList<>();
        for (Llama.Block block : body.blocks()) {
            products.add(product(block.attention().qkv(), rows, c.dim()));
            products.add(product(block.attention().output(), rows, c.heads() * c.headDim()));
            products.add(product(block.mlp().gateUp(), rows, c.dim()));
            products.add(product(block.mlp().down(), rows, c.hidden()));
        }
        products.add(product(body.head(), rows, c.dim()));
        return new Products(products);
    }

    private static Product product(Linear map, int rows, int inputs) {
        return new Product(map, Scope.keeping(() -> Tensor.randn(Seed.of(1), rows, inputs)));
    }

    void run() {
        all.forEach(Product::run);
    }
}
