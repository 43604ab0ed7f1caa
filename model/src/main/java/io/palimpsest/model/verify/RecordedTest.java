package io.palimpsest.model.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One recorded test: what went in and what came out, under the names both forms give them.
 *
 * @param node the whole entry
 * @param keys for each role the name of its tensor
 * @param values for each role that is no tensor its value
 */
record RecordedTest(
        String name,
        String kind,
        JsonNode node,
        Map<String, String> keys,
        Map<String, JsonNode> values,
        TensorFile file) {

    JsonNode params() {
        return node.path("params");
    }

    boolean has(String role) {
        return keys.containsKey(role);
    }

    /** The tensor that plays {@code role}. */
    Tensor tensor(String role) {
        String key = keys.get(role);
        if (key == null) {
            throw new UnsupportedTestException("it records no '" + role + "'");
        }
        return file.read(key);
    }

    /** The first of {@code roles} that is recorded as a tensor: the forms and families have several names for some. */
    String oneOf(String... roles) {
        return find(roles)
                .orElseThrow(() -> new UnsupportedTestException("it records none of " + String.join(", ", roles)));
    }

    /** The same; empty where none is. */
    Optional<String> find(String... roles) {
        return Arrays.stream(roles).filter(this::has).findFirst();
    }

    /** The tensors that went in, in the order of the manifest; the first form does not tell them from the others. */
    List<String> inputs() {
        return tensors("inputs");
    }

    /** The tensors that came out, in the order of the manifest. */
    List<String> outputs() {
        return tensors("outputs");
    }

    private List<String> tensors(String side) {
        List<String> roles = new ArrayList<>();
        node.path(side).properties().forEach(e -> {
            if (has(e.getKey())) {
                roles.add(e.getKey());
            }
        });
        return roles;
    }

    long[] shape(String role) {
        return tensor(role).shape();
    }

    /** The value that plays {@code role}; a missing node where there is none. */
    JsonNode value(String role) {
        return values.getOrDefault(role, MissingNode.getInstance());
    }

    int[] ints(String role) {
        return tensor(role).to(DType.I32).toInts();
    }

    float[] floats(String role) {
        return tensor(role).toFloat().toFloats();
    }

    /** The rows of a matrix of ids. */
    int[][] rows(String role) {
        return Ids.rows(ints(role), (int) shape(role)[shape(role).length - 1]);
    }

    /** The number at {@code key} of the parameters. */
    int integer(String key) {
        return optional(key)
                .orElseThrow(() -> new UnsupportedTestException("its parameters have no '" + key + "'"))
                .asInt();
    }

    int integer(String key, int otherwise) {
        return optional(key).map(JsonNode::asInt).orElse(otherwise);
    }

    double number(String key, double otherwise) {
        return optional(key).map(JsonNode::asDouble).orElse(otherwise);
    }

    boolean flag(String key) {
        return optional(key).map(JsonNode::asBoolean).orElse(false);
    }

    String text(String key) {
        return optional(key).map(JsonNode::asText).orElse("");
    }

    Optional<JsonNode> optional(String key) {
        return params().hasNonNull(key) ? Optional.of(params().get(key)) : Optional.empty();
    }

    /** The tolerance for {@code role}, which may have one of its own. */
    Tolerance tolerance(String role) {
        JsonNode all = node.path("tolerance");
        JsonNode own = all.path(role).isObject() ? all.path(role) : all;
        return new Tolerance(own.path("atol").asDouble(0), own.path("rtol").asDouble(0));
    }
}
