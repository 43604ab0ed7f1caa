package io.palimpsest.model.folder;

import java.util.List;
import java.util.stream.Stream;

/** Every family there is code for. */
final class Families {

    private static final List<Family> ALL = Stream.concat(
                    Stream.of(new GatedLlamaFamily(), new EmbeddingDitFamily()), PublishedFamilies.LIST.stream())
            .toList();

    private Families() {}

    static Family of(ModelFolder folder) {
        return ALL.stream()
                .filter(family -> family.reads(folder))
                .findFirst()
                .orElseThrow(() -> PublishedModel.unknown(folder.checkpoint().config()));
    }
}
