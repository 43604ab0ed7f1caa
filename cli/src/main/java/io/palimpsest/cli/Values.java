package io.palimpsest.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Reads what is written behind an option; what cannot be read is refused in words. */
final class Values {

    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d+");

    private Values() {}

    static CommandLine readBy(CommandLine line) {
        return line.registerConverter(int.class, Values::integer)
                .registerConverter(long.class, Values::whole)
                .registerConverter(double.class, Values::number)
                .registerConverter(Precision.class, Values::precision);
    }

    private static int integer(String text) {
        long value = whole(text);
        if (value != (int) value) {
            throw tooLarge(text);
        }
        return (int) value;
    }

    private static long whole(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new TypeConversionException("'" + text + "' is no whole number");
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw tooLarge(text);
        }
    }

    private static TypeConversionException tooLarge(String text) {
        return new TypeConversionException("'" + text + "' is too large a number");
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no number");
        }
    }

    private static Precision precision(String text) {
        return Arrays.stream(Precision.values())
                .filter(known -> known.toString().equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                        + Arrays.stream(Precision.values())
                                .map(Precision::toString)
                                .collect(Collectors.joining(", "))));
    }
}
