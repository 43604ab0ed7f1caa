package io.palimpsest.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters that Jinjava lacks or that differ from what transformers gives templates. */
final class PythonFilters {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PythonFilters() {}

    /** {@code json.dumps(value, ensure_ascii=False)}: a space behind comma and colon, as models saw in training. */
    static final class ToJson implements Filter {
        @Override
        public String getName() {
            return "tojson";
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            var json = new StringBuilder();
            write(value, json, 0);
            return json.toString();
        }

        private static void write(@Nullable Object value, StringBuilder json, int depth) {
            Jinja.checkLength(depth > 200 ? Integer.MAX_VALUE : json.length());
            if (value instanceof Map<?, ?> map) {
                json.append('{');
                String comma = "";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    json.append(comma)
                            .append(quoted(String.valueOf(entry.getKey())))
                            .append(": ");
                    write(entry.getValue(), json, depth + 1);
                    comma = ", ";
                }
                json.append('}');
            } else if (value instanceof Collection<?> list) {
                json.append('[');
                String comma = "";
                for (Object item : list) {
                    json.append(comma);
                    write(item, json, depth + 1);
                    comma = ", ";
                }
                json.append(']');
            } else {
                json.append(
                        value == null || value instanceof Number || value instanceof Boolean
                                ? value
                                : quoted(value.toString()));
            }
        }

        private static String quoted(String text) {
            try {
                return JSON.writeValueAsString(text);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a string always has a JSON form", e);
            }
        }
    }

    /** {@code str.replace}, of bounded length. */
    static final class Replace implements Filter {
        @Override
        public String getName() {
            return "replace";
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            if (value == null || arguments.length < 2) {
                throw new Jinja.Refusal(
                        "the filter 'replace' in the chat template takes a text, what to replace and by what");
            }
            return PythonMethods.replace(value.toString(), arguments[0], arguments[1]);
        }
    }

    /** {@code value[::-1]}: backwards, as a list or a text. */
    static final class Reverse implements Filter {
        @Override
        public String getName() {
            return "reverse";
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            if (value instanceof Collection<?> list) {
                List<@Nullable Object> reversed = new ArrayList<>(list);
                Collections.reverse(reversed);
                return reversed;
            }
            return new StringBuilder(value == null ? "" : value.toString())
                    .reverse()
                    .toString();
        }
    }

    /** {@code dict.items()} as a filter. */
    static final class Items implements Filter {
        @Override
        public String getName() {
            return "items";
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
            return value instanceof Map<?, ?> map ? PythonMethods.items(map) : List.of();
        }
    }
}
