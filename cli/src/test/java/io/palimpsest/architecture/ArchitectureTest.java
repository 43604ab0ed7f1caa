package io.palimpsest.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule holds for the project, and each is shown to notice a class that breaks it. */
class ArchitectureTest {

    private static final String ROOT = "io.palimpsest";
    private static final String VIOLATIONS = "io.palimpsest.architecture.violations";

    private static final JavaClasses PROJECT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final JavaClasses SAMPLES = new ClassFileImporter().importPackages(VIOLATIONS);

    private record Claim(String name, Function<Rules, ArchRule> rule, String breaker) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Claim> claims() {
        return Stream.of(
                new Claim("no package is part of a cycle", Rules::no_package_is_part_of_a_cycle, "Cycle"),
                new Claim("only tensor knows libtorch", Rules::only_tensor_knows_libtorch, "UsesLibtorch"),
                new Claim(
                        "who speaks to people sees no tensor",
                        Rules::who_speaks_to_people_sees_no_tensor,
                        "SeesTensor"),
                new Claim("modules use only those below", Rules::modules_use_only_those_below, "UsesTraining"));
    }

    @ParameterizedTest
    @MethodSource("claims")
    void the_project_keeps(Claim claim) {
        claim.rule().apply(new Rules(ROOT)).check(PROJECT);
    }

    @ParameterizedTest
    @MethodSource("claims")
    void a_violation_is_noticed(Claim claim) {
        List<String> found = claim.rule()
                .apply(new Rules(VIOLATIONS))
                .evaluate(SAMPLES)
                .getFailureReport()
                .getDetails();
        assertThat(found).anyMatch(detail -> detail.contains(claim.breaker()));
    }

    @Test
    void every_module_with_code_is_looked_at() {
        assertThat(PROJECT.stream().map(type -> type.getPackageName()))
                .contains("io.palimpsest.tensor", "io.palimpsest.cli")
                .noneMatch(name -> name.startsWith(VIOLATIONS));
    }
}
