package io.palimpsest.training.evaluation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A way to write that evaluation measures. */
public enum DecodingMode {
    /** The autoregressive mode alone. */
    BASE,
    /** Drafts that are judged exactly. */
    VERIFIED,
    /** Drafts that stand where the base finds them typical. */
    TYPICAL,
    /** Drafts that nothing judges. */
    UNVERIFIED,
    /** The same with hidden positions that are the mask alone, by a model that has a state. */
    NO_STATE;

    /** The name in reports. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private String option() {
        return label().replace(' ', '-');
    }

    /** The modes of a list of names between commas; the base, with which all are compared, is always one. */
    public static Set<DecodingMode> parse(String names) {
        Set<DecodingMode> modes = EnumSet.of(BASE);
        Arrays.stream(names.split(",")).map(DecodingMode::of).forEach(modes::add);
        return modes;
    }

    private static DecodingMode of(String name) {
        return Arrays.stream(values())
                .filter(mode -> mode.option().equals(name.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no mode '" + name + "'; there are "
                        + Arrays.stream(values()).map(DecodingMode::option).collect(Collectors.joining(", "))));
    }
}
