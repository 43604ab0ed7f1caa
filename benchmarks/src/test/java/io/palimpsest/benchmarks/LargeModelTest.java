package io.palimpsest.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.ResidentMemory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LargeModelTest {

    @TempDir
    private Path folder;

    /** The file has two bytes a weight, 8 bits need one: neither the file nor a wider copy may stand beside them. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void every_layer_more_takes_the_memory_of_its_8_bit_weights_and_little_else() throws IOException {
        LargeCheckpoint few = new LargeCheckpoint(4, 1024, 16, 2560, 8192);
        LargeCheckpoint many = new LargeCheckpoint(24, 1024, 16, 2560, 8192);
        few.write(folder.resolve("few"));
        many.write(folder.resolve("many"));
        PublishedModel.load(folder.resolve("few"), Precision.INT8); // libraries, operators, room to work in
        long rise = rise(folder.resolve("many")) - rise(folder.resolve("few"));
        assertThat(rise).isLessThan((many.parameters() - few.parameters()) * 3 / 2);
    }

    private static long rise(Path checkpoint) {
        System.gc();
        ResidentMemory.forgetPeak();
        long before = ResidentMemory.now().orElseThrow();
        PublishedModel model = PublishedModel.load(checkpoint, Precision.INT8);
        long rise = ResidentMemory.peak().orElseThrow() - before;
        assertThat(model.network()).isNotNull();
        return rise;
    }
}
