package io.palimpsest.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.List;

/**
 * The rules that hold between the packages under one root.
 *
 * @param root {@code io.palimpsest}, or the root of the samples that break each rule
 */
record Rules(String root) {

    /** The modules from the lowest to the highest; each may use those before it. */
    private static final List<String> ORDER = List.of("tensor", "diffusion", "model", "engine", "training", "cli");

    private static final List<String> WITHOUT_TENSORS =
            List.of("cli", "server", "spark", "applications", "integrations");

    ArchRule no_package_is_part_of_a_cycle() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    ArchRule only_tensor_knows_libtorch() {
        return noClasses()
                .that()
                .resideInAPackage(root + "..")
                .and()
                .resideOutsideOfPackage(inside("tensor"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .allowEmptyShould(true);
    }

    ArchRule who_speaks_to_people_sees_no_tensor() {
        return noClasses()
                .that()
                .resideInAnyPackage(inside(WITHOUT_TENSORS))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(inside("tensor"))
                .allowEmptyShould(true);
    }

    ArchRule modules_use_only_those_below() {
        CompositeArchRule all = CompositeArchRule.of(usesNoneOf("tensor", ORDER.subList(1, ORDER.size())));
        for (int i = 1; i < ORDER.size() - 1; i++) {
            all = all.and(usesNoneOf(ORDER.get(i), ORDER.subList(i + 1, ORDER.size())));
        }
        return all;
    }

    private ArchRule usesNoneOf(String lower, List<String> higher) {
        return noClasses()
                .that()
                .resideInAPackage(inside(lower))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(inside(higher))
                .allowEmptyShould(true);
    }

    private String inside(String module) {
        return root + "." + module + "..";
    }

    private String[] inside(List<String> modules) {
        return modules.stream().map(this::inside).toArray(String[]::new);
    }
}
