package io.palimpsest.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was written, and what it took.
 *
 * @param text the text; of a text with gaps the whole with all of them filled
 * @param finish why it ends where it ends
 * @param tokens the tokens written, the stop token among them
 * @param forwardPasses the passes of the network
 * @param seconds the time of the work, waiting in the queue not counted
 * @param meanConfidence the mean probability of the tokens when they were committed
 * @param seed makes the same text again
 * @param model the model's name
 * @param fills what stands in each gap, where the request had gaps
 */
public record Answer(
        String text,
        Finish finish,
        int tokens,
        int forwardPasses,
        double seconds,
        double meanConfidence,
        long seed,
        String model,
        List<String> fills) {

    /** Why a text ends. */
    public enum Finish {
        /** The model ended it. */
        STOP,
        /** There was no room for more. */
        LENGTH;

        /** The name that APIs use. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Answer {
        fills = List.copyOf(fills);
    }

    /** Everything under the keys that scripts rely on; the fills where there were gaps. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", text);
        map.put("finish_reason", finish.label());
        map.put("tokens", tokens);
        map.put("forward_passes", forwardPasses);
        map.put("tokens_per_forward", tokensPerForward());
        map.put("tokens_per_second", tokensPerSecond());
        map.put("seconds", seconds);
        map.put("model", model);
        map.put("seed", seed);
        map.put("mean_confidence", meanConfidence);
        if (!fills.isEmpty()) {
            map.put("fills", fills);
        }
        return map;
    }

    /** Tokens for each pass of the network. */
    public double tokensPerForward() {
        return forwardPasses == 0 ? 0 : (double) tokens / forwardPasses;
    }

    /** Tokens for each second of work. */
    public double tokensPerSecond() {
        return seconds == 0 ? 0 : tokens / seconds;
    }
}
