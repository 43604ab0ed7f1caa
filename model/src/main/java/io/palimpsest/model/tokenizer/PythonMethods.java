package io.palimpsest.model.tokenizer;

import com.hubspot.jinjava.lib.Importable;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} and {@code dict} that templates call; no Java method of either can be called. */
final class PythonMethods extends ELResolver {

    @Override
    public @Nullable Object invoke(
            ELContext context,
            @Nullable Object base,
            Object method,
            Class<?> @Nullable [] types,
            Object @Nullable [] arguments) {
        if (base == null || base instanceof Importable) {
            return null; // Jinjava calls its filters and tests by this way too
        }
        List<?> given = arguments == null ? List.of() : Arrays.asList(arguments);
        context.setPropertyResolved(true);
        if (base instanceof String text) {
            return ofText(text, String.valueOf(method), given);
        }
        if (base instanceof Map<?, ?> map) {
            return ofMap(map, String.valueOf(method), given);
        }
        throw unknown(method, base);
    }

    private static Object ofText(String text, String method, List<?> given) {
        return switch (method) {
            case "strip" -> stripStart(stripEnd(text, given), given);
            case "lstrip" -> stripStart(text, given);
            case "rstrip" -> stripEnd(text, given);
            case "startswith" -> text.startsWith(text(given, 0));
            case "endswith" -> text.endsWith(text(given, 0));
            case "split" -> split(text, given);
            case "replace" -> replace(text, text(given, 0), text(given, 1));
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" ->
                text.isEmpty()
                        ? text
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "find" -> (long) text.indexOf(text(given, 0));
            case "count" -> (long) occurrences(text, text(given, 0));
            case "join" -> join(text, given);
            default -> throw unknown(method, text);
        };
    }

    private static @Nullable Object ofMap(Map<?, ?> map, String method, List<?> given) {
        return switch (method) {
            case "get" ->
                map.containsKey(given.get(0)) ? map.get(given.get(0)) : given.size() > 1 ? given.get(1) : null;
            case "items" -> items(map);
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            default -> throw unknown(method, map);
        };
    }

    static List<List<@Nullable Object>> items(Map<?, ?> map) {
        List<List<@Nullable Object>> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(Arrays.asList(key, value)));
        return items;
    }

    private static Jinja.Refusal unknown(@Nullable Object method, Object base) {
        return new Jinja.Refusal("the chat template calls '" + method + "' of a "
                + base.getClass().getSimpleName()
                + ", which is not among the methods of str and dict that templates may call");
    }

    private static String text(List<?> given, int index) {
        if (index < given.size() && given.get(index) instanceof String text) {
            return text;
        }
        throw new Jinja.Refusal("a method in the chat template lacks the text it takes, at place " + (index + 1));
    }

    private static String stripStart(String text, List<?> given) {
        int start = 0;
        while (start < text.length() && strips(text.charAt(start), given)) {
            start++;
        }
        return text.substring(start);
    }

    private static String stripEnd(String text, List<?> given) {
        int end = text.length();
        while (end > 0 && strips(text.charAt(end - 1), given)) {
            end--;
        }
        return text.substring(0, end);
    }

    private static boolean strips(char letter, List<?> given) {
        return given.isEmpty() ? isSpace(letter) : text(given, 0).indexOf(letter) >= 0;
    }

    /** What Python's {@code str.isspace} says. */
    private static boolean isSpace(char letter) {
        return Character.isWhitespace(letter) || Character.isSpaceChar(letter) || letter == '\u0085';
    }

    private static List<String> split(String text, List<?> given) {
        if (given.isEmpty() || !(given.get(0) instanceof String separator)) {
            String stripped = stripStart(stripEnd(text, List.of()), List.of());
            return stripped.isEmpty() ? List.of() : List.of(stripped.split("[\\s\\h]+", -1));
        }
        int most = given.size() > 1 && given.get(1) instanceof Number number && number.intValue() >= 0
                ? number.intValue() + 1
                : -1;
        return List.of(text.split(Pattern.quote(separator), most));
    }

    static String replace(String text, String old, String fresh) {
        long longest =
                text.length() + (long) (old.isEmpty() ? text.length() + 1 : occurrences(text, old)) * fresh.length();
        Jinja.checkLength(longest);
        return text.replace(old, fresh);
    }

    private static int occurrences(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0 && !part.isEmpty(); at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static String title(String text) {
        return Pattern.compile("\\p{L}+")
                .matcher(text)
                .replaceAll(word -> word.group().substring(0, 1).toUpperCase(Locale.ROOT)
                        + word.group().substring(1).toLowerCase(Locale.ROOT));
    }

    private static String join(String separator, List<?> given) {
        var joined = new StringBuilder();
        String before = "";
        for (Object part : given.get(0) instanceof Iterable<?> parts ? parts : List.of()) {
            joined.append(before).append(part);
            Jinja.checkLength(joined.length());
            before = separator;
        }
        return joined.toString();
    }

    static void checkLength(@Nullable Object value) {
        if (value instanceof CharSequence text) {
            Jinja.checkLength(text.length());
        }
    }

    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, @Nullable Object property) {
        if (base instanceof String text) {
            context.setPropertyResolved(true);
            return letter(text, String.valueOf(property));
        }
        return null;
    }

    private static @Nullable String letter(String text, String property) {
        if (!property.matches("-?\\d{1,9}")) {
            return null;
        }
        int index = Integer.parseInt(property);
        int at = index < 0 ? index + text.length() : index;
        return at >= 0 && at < text.length() ? text.substring(at, at + 1) : null;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, @Nullable Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, @Nullable Object property, @Nullable Object value) {
        checkLength(value);
    }

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, @Nullable Object property) {
        return true;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, @Nullable Object base) {
        return Collections.emptyIterator();
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
        return Object.class;
    }
}
