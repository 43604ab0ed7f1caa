package io.palimpsest.training.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.JsonNode;
import io.palimpsest.training.embedding.EmbeddingPlan;
import io.palimpsest.training.scratch.FurtherPlan;
import io.palimpsest.training.scratch.ScratchPlan;
import io.palimpsest.training.settings.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecipesTest {

    private static final Path RECIPES = Path.of("..", "docs", "recipes");

    private static final Map<String, Class<?>> PLANS =
            Map.of("scratch", ScratchPlan.class, "further", FurtherPlan.class, "continuous", EmbeddingPlan.class);

    static List<Path> recipes() throws IOException {
        try (Stream<Path> files = Files.walk(RECIPES)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void every_recipe_in_the_documentation_has_all_its_keys_and_no_others(Path recipe) {
        JsonNode kind = YamlFile.read(recipe, JsonNode.class).path("kind");
        Class<?> plan = PLANS.getOrDefault(kind.asText(), Recipe.class);
        assertThatNoException().isThrownBy(() -> YamlFile.read(recipe, plan));
    }

    @Test
    void the_default_adapters_second_recipe_starts_where_the_first_ends() {
        Recipe first = Recipe.read(RECIPES.resolve("smollm2-135m-diffusion.yaml"));
        Recipe second = Recipe.read(RECIPES.resolve("smollm2-135m-diffusion-further.yaml"));
        assertThat(second.adapter().from()).isEqualTo(first.output() + "/model");
        assertThat(second.adapter().rank()).isEqualTo(first.adapter().rank());
        assertThat(second.examples()).allMatch(file -> file.startsWith(first.output() + "/text/"));
    }
}
