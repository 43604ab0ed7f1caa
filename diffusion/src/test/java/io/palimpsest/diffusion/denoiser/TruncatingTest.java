package io.palimpsest.diffusion.denoiser;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncatingTest {

    @ParameterizedTest
    @CsvSource({"1, 0, 4", "0.2, 0, 1", "0.5, 0, 2", "0.55, 0, 2", "0.85, 0, 3", "1, 2, 2", "0.85, 1, 1", "1, 9, 4"})
    void what_stays_is_the_nucleus_and_of_it_the_likeliest(double topP, int topK, int staying) {
        float[] p = {0.1f, 0.5f, 0.15f, 0.25f};
        float[] logits = new float[p.length];
        for (int i = 0; i < p.length; i++) {
            logits[i] = (float) Math.log(p[i]);
        }
        Denoiser model = views -> List.of(Tensor.of(logits, 1, 4));
        try (Scope memory = Scope.inference()) {
            Canvas canvas = Canvas.of().extend(1);
            float[] cut = new Truncating(model, topP, topK)
                    .logits(canvas, canvas.span())
                    .toFloats();
            int[] byProbability = {1, 3, 2, 0};
            for (int rank = 0; rank < 4; rank++) {
                int id = byProbability[rank];
                assertThat(cut[id]).isEqualTo(rank < staying ? logits[id] : Float.NEGATIVE_INFINITY);
            }
        }
    }
}
