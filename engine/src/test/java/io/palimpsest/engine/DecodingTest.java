package io.palimpsest.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.diffusion.sampler.Strategy;
import org.junit.jupiter.api.Test;

class DecodingTest {

    @Test
    void values_out_of_range_are_refused_at_the_door() {
        Decoding defaults = Decoding.defaults();
        assertThatThrownBy(() -> defaults.maxTokens(0)).hasMessage("max tokens must be at least 1; got 0");
        assertThatThrownBy(() -> defaults.blockLength(5000)).hasMessageContaining("between 1 and 4096; got 5000");
        assertThatThrownBy(() -> defaults.threshold(Double.NaN)).hasMessageContaining("got NaN");
        assertThatThrownBy(() -> defaults.temperature(-1)).hasMessageContaining("between 0 and 100; got -1.0");
        assertThatThrownBy(() -> defaults.topP(0)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> defaults.steps(4).verify(true)).hasMessageContaining("unverified");
        assertThatThrownBy(() -> defaults.threshold(0.5).verify(true)).hasMessageContaining("unverified");
    }

    @Test
    void typical_acceptance_stands_alone() {
        Decoding typical = Decoding.defaults().typical(0.1);
        assertThatThrownBy(() -> Decoding.defaults().typical(1)).hasMessageContaining("below 1; got 1.0");
        assertThatThrownBy(() -> Decoding.defaults().typical(Double.NaN)).hasMessageContaining("got NaN");
        assertThatThrownBy(() -> typical.verify(false)).hasMessageContaining("leave out verify");
        assertThatThrownBy(() -> typical.verify(true)).hasMessageContaining("leave out verify");
        assertThatThrownBy(() -> typical.steps(4)).hasMessageContaining("unverified");
        assertThatThrownBy(() -> typical.threshold(0.5)).hasMessageContaining("unverified");
        assertThatThrownBy(() -> typical.strategy(Strategy.WINO)).hasMessageContaining("unverified");
    }
}
