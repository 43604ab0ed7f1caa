package io.palimpsest.model.folder;

import io.palimpsest.tensor.file.TensorFile;
import io.palimpsest.tensor.file.TensorInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is in a model folder, for people.
 *
 * @param parameters the number of weights
 * @param bytes their size on disk
 * @param types how many tensors are stored in which type
 * @param configuration the numbers that shape the network, under the names of transformers
 * @param adapter what the adapter is; empty where there is none
 */
public record Description(
        String name,
        String path,
        String family,
        Traits traits,
        long parameters,
        long bytes,
        Map<String, Integer> types,
        Map<String, String> configuration,
        Optional<String> adapter) {

    static Description of(ModelFolder folder, Family family) {
        TensorFile tensors = folder.checkpoint().tensors();
        Map<String, Integer> types = new TreeMap<>();
        long parameters = 0;
        long bytes = 0;
        for (TensorInfo info : tensors.tensors().values()) {
            parameters += info.elements();
            bytes += info.bytes();
            types.merge(info.type(), 1, Integer::sum);
        }
        Map<String, String> configuration = new LinkedHashMap<>();
        folder.checkpoint().config().json().properties().forEach(entry -> {
            if (entry.getValue().isValueNode()) {
                configuration.put(entry.getKey(), entry.getValue().asText());
            }
        });
        return new Description(
                folder.name(),
                folder.path().toString(),
                family.name(),
                family.traits(folder),
                parameters,
                bytes,
                types,
                configuration,
                folder.adapter().map(Description::adapter));
    }

    private static String adapter(GatedAdapterFile adapter) {
        long parameters = adapter.file().tensors().values().stream()
                .mapToLong(TensorInfo::elements)
                .sum();
        String blocks = adapter.blockLengths().isEmpty() ? "" : ", trained on blocks of " + adapter.blockLengths();
        return "LoRA of rank " + adapter.rank() + ", " + parameters + " weights, from layer "
                + adapter.entryLayer(Integer.MAX_VALUE) + " on" + blocks;
    }
}
