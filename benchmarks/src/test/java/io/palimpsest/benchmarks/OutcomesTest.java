package io.palimpsest.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.benchmarks.Outcomes.Interval;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomesTest {

    /** As statsmodels' proportion_confint has them with method wilson. */
    @ParameterizedTest
    @CsvSource({"26, 26, 0.8713, 1", "8, 16, 0.2800, 0.7200", "0, 10, 0, 0.2775", "190, 200, 0.9104, 0.9726"})
    void intervals_are_wilsons(int hits, int count, double low, double high) {
        Interval interval = Interval.of(hits / (double) count, count);
        assertThat(interval.low()).isCloseTo(low, within(1e-4));
        assertThat(interval.high()).isCloseTo(high, within(1e-4));
    }

    @Test
    void measures_are_means_in_per_cent_and_success_is_told_for_each_target() {
        Outcomes outcomes = new Outcomes();
        outcomes.add("a", Map.of(Trial.SUCCESS, 1.0, "exact", 0.0));
        outcomes.add("a", Map.of(Trial.SUCCESS, 0.0, "exact", 0.0));
        outcomes.add("b", Map.of(Trial.SUCCESS, 1.0, "exact", 0.5));
        ObjectNode result = new ObjectMapper().createObjectNode();
        outcomes.into(result);
        assertThat(result.path("success").doubleValue()).isCloseTo(66.67, within(0.01));
        assertThat(result.path("exact").doubleValue()).isCloseTo(16.67, within(0.01));
        assertThat(result.path("different_targets").intValue()).isEqualTo(2);
        assertThat(result.path("targets").path("a").doubleValue()).isEqualTo(50);
        assertThat(result.path("success_low").doubleValue()).isLessThan(66);
    }

    @Test
    void texts_that_nothing_was_wanted_of_have_no_success() {
        Outcomes outcomes = new Outcomes();
        outcomes.add("", Map.of());
        ObjectNode result = new ObjectMapper().createObjectNode();
        outcomes.into(result);
        assertThat(result).isEmpty();
    }
}
