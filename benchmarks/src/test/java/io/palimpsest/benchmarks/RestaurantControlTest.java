package io.palimpsest.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestaurantControlTest {

    @Test
    void a_text_has_the_wanted_span_where_a_constituent_of_its_tree_has_these_ends_and_this_label(@TempDir Path folder)
            throws IOException {
        Path out = Files.writeString(folder.resolve("out.json"), """
                {"length": {"success": 100, "texts": ["An inn."]},
                 "spans": {"constituents": [[1, 3, "PP"], [1, 3, "NP"], [0, 3, "NP"], [4, 6, "NP"]],
                           "texts": ["Eat at inns.", "Eat at inns.", "Eat at inns.", "Eat."]}}
                """);
        String tree = "(ROOT (S (VP (VB Eat) (PP (IN at) (NP (NNS inns)))) (. .)))\n";
        Path trees =
                Files.writeString(folder.resolve("trees.txt"), tree.repeat(3) + "(ROOT (S (VP (VB Eat)) (. .)))\n");
        RestaurantControl.main(new String[] {"judge", out.toString(), trees.toString()});
        JsonNode result = new ObjectMapper().readTree(out.toFile());
        assertThat(result.path("spans").path("success").doubleValue()).isEqualTo(25);
        assertThat(result.path("spans").path("of_any_kind").doubleValue()).isEqualTo(75);
        assertThat(result.path("spans").path("success_high").doubleValue()).isBetween(60.0, 75.0);
        assertThat(result.path("spans").path("targets").path("PP").doubleValue())
                .isEqualTo(100);
        assertThat(result.path("length").path("success").intValue()).isEqualTo(100);
    }
}
