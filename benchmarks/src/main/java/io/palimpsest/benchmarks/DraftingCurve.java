package io.palimpsest.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.training.evaluation.DecodingMode;
import io.palimpsest.training.evaluation.Evaluation;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a model drafts, as one line of JSON for each model folder given: accuracy by offset, and tokens a pass of typical and
 * unverified decoding beside the perplexity ratio, the latter with the continuous state and without. Given the snapshots of an adaptation one after the
 * other, it makes the curve over training.
 *
 * <pre>DraftingCurve MODEL...</pre>
 */
public final class DraftingCurve {

    private static final List<Double> THRESHOLDS = List.of(0.4, 0.5);
    private static final List<Double> EPSILONS = List.of(0.1);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private DraftingCurve() {}

    public static void main(String[] folders) throws JsonProcessingException {
        Evaluation.Settings settings = Evaluation.Settings.of(false, 1)
                .thresholds(THRESHOLDS)
                .epsilons(EPSILONS)
                .modes(EnumSet.complementOf(EnumSet.of(DecodingMode.VERIFIED)));
        for (String folder : folders) {
            Evaluation.Drafting point = drafting(Path.of(folder), settings);
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("model", folder);
            line.put("offsets", point.offsets());
            line.put("decoding", point.decoding());
            System.out.println(JSON.writeValueAsString(line));
        }
    }

    private static Evaluation.Drafting drafting(Path path, Evaluation.Settings settings) {
        try (ModelFolder folder = ModelFolder.open(path)) {
            return Evaluation.drafting(folder, Options.defaults(), settings, System.err::println);
        }
    }
}
