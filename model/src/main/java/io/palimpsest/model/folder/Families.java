package io.palimpsest.model.folder;

import io.palimpsest.tensor.file.InvalidFileException;
import java.util.List;

/** Every family there is code for. */
final class Families {

    private static final List<Family> ALL = List.of(new GatedLlamaFamily());

    private Families() {}

    static Family of(ModelFolder folder) {
        return ALL.stream()
                .filter(family -> family.reads(folder))
                .findFirst()
                .orElseThrow(() -> new InvalidFileException(
                        folder.checkpoint().config().file(),
                        "model_type is '" + folder.checkpoint().config().text("model_type")
                                + "', for which there is no code; there is for "
                                + String.join(
                                        ", ", ALL.stream().map(Family::name).toList())));
    }
}
