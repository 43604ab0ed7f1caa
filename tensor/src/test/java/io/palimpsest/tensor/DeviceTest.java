package io.palimpsest.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "auto"})
    void without_a_choice_a_gpu_is_taken_where_there_is_one(String name) {
        assertThat(Device.named(name, true)).isEqualTo(Device.CUDA);
        assertThat(Device.named(name, false)).isEqualTo(Device.CPU);
    }

    @Test
    void the_processor_can_be_chosen_beside_a_gpu() {
        assertThat(Device.named("cpu", true)).isEqualTo(Device.CPU);
    }

    @Test
    void a_gpu_that_is_not_there_is_refused_and_the_way_out_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Device.named("cuda", false))
                .withMessageContaining("-Pgpu")
                .withMessageContaining(Device.VARIABLE);
    }

    @Test
    void an_unknown_device_is_refused_by_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Device.named("tpu", true))
                .withMessageContaining("cpu, cuda or auto")
                .withMessageContaining("'tpu'");
    }

    @Test
    void what_is_on_the_device_already_is_not_moved() {
        try (Scope memory = Scope.inference()) {
            Tensor x = Tensor.ones(2);
            assertThat(x.onDevice()).isSameAs(x);
        }
    }
}
