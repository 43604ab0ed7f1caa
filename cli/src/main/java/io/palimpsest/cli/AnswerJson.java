package io.palimpsest.cli;

import io.palimpsest.engine.Answer;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer under the keys that scripts rely on. */
final class AnswerJson {

    private AnswerJson() {}

    static Map<String, Object> of(Answer answer) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("text", answer.text());
        json.put("finish_reason", answer.finish().label());
        json.put("tokens", answer.tokens());
        json.put("forward_passes", answer.forwardPasses());
        json.put("tokens_per_forward", answer.tokensPerForward());
        json.put("tokens_per_second", answer.tokensPerSecond());
        json.put("seconds", answer.seconds());
        json.put("model", answer.model());
        json.put("seed", answer.seed());
        json.put("mean_confidence", answer.meanConfidence());
        return json;
    }
}
