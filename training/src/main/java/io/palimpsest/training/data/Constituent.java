package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

/**
 * Some words of a text and what they are together, such as a prepositional phrase: a node of the text's syntax tree.
 *
 * @param from the first word, from 0
 * @param to the first word behind them
 * @param label as the parser names it, {@code PP}
 */
public record Constituent(int from, int to, String label) {

    public Constituent {
        if (from < 0 || to <= from || label.isBlank()) {
            throw new IllegalArgumentException(
                    "a constituent needs 0 <= from < to and a label; got " + from + ", " + to + " and '" + label + "'");
        }
    }

    /** Reads {@code [from, to, label]}. */
    public static Constituent of(JsonNode json) {
        return new Constituent(
                json.path(0).asInt(-1), json.path(1).asInt(-1), json.path(2).asText());
    }

    /** Adds {@code [from, to, label]} to a list. */
    public void addTo(ArrayNode list) {
        list.addArray().add(from).add(to).add(label);
    }

    /** How many words it has. */
    public int length() {
        return to - from;
    }
}
