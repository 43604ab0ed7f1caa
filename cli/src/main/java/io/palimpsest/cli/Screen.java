package io.palimpsest.cli;

import java.util.Map;
import java.util.Optional;

/** A terminal that understands cursor movement: how large it is, and whether it may be coloured (no-color.org). */
record Screen(int columns, int rows, boolean colour) {

    private static final int LEAST = 8;

    Screen {
        columns = Math.max(columns, LEAST);
        rows = Math.max(rows, 2);
    }

    /**
     * The launcher looks at the terminal, since a JVM cannot: it sets {@code palimpsest.screen} to rows and columns, as
     * {@code stty size} prints them, only when standard output is a terminal, and {@code palimpsest.progress} the same for
     * standard error.
     */
    static Optional<Screen> detect(String property, Map<String, String> environment, Map<String, String> properties) {
        String size = properties.getOrDefault(property, "");
        if (size.isEmpty() || environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return Optional.empty();
        }
        boolean colour = environment.getOrDefault("NO_COLOR", "").isEmpty();
        return Optional.of(parse(size, colour));
    }

    static Optional<Screen> detect(Map<String, String> environment, Map<String, String> properties) {
        return detect("palimpsest.screen", environment, properties);
    }

    private static Screen parse(String size, boolean colour) {
        String[] numbers = size.strip().split(" ", -1);
        try {
            int rows = Integer.parseInt(numbers[0]);
            int columns = Integer.parseInt(numbers[numbers.length - 1]);
            return rows > 0 && columns > 0 ? new Screen(columns, rows, colour) : usual(colour);
        } catch (NumberFormatException e) {
            return usual(colour);
        }
    }

    private static Screen usual(boolean colour) {
        return new Screen(80, 24, colour);
    }
}
