package io.palimpsest.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.palimpsest.diffusion.sampler.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StrategiesTest {

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "samplers.md"));
    }

    @Test
    void a_name_and_parts_both_write() {
        assertThat(Shown.output(Strategies::main)).contains(" passes)").contains("tokens for each pass");
    }

    @Test
    void the_page_about_samplers_shows_this_very_code() throws IOException {
        assertThat(page())
                .contains(Shown.region(Strategies.class, "name"))
                .contains(Shown.region(Strategies.class, "parts"));
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void the_page_has_a_row_for_every_strategy_with_its_paper_and_bound(Strategy strategy) throws IOException {
        String row = page().lines()
                .filter(line -> line.startsWith("| `" + strategy.label() + "` |"))
                .findFirst()
                .orElse("no row");
        assertThat(row).contains(strategy.source());
        assertThat(row.split("\\|", -1)[4].strip()).isEqualTo(strategy.hasSteps() ? "yes" : "");
        strategy.threshold().ifPresent(usual -> assertThat(row).contains("(" + usual + ")"));
    }
}
