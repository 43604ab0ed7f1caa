package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.model.tokenizer.Message;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One thing to write.
 *
 * @param prompt what is given
 * @param decoding how the rest is written
 * @param seed the same seed gives the same text; empty for a new one, which the answer names
 * @param listener sees the canvas before the first step and after each, on the engine's thread; what it throws ends the
 *     request
 * @param cancelled asked before each step; once true the request ends with a
 *     {@link java.util.concurrent.CancellationException}
 */
public record Request(
        Prompt prompt,
        Decoding decoding,
        OptionalLong seed,
        Consumer<CanvasFrame> listener,
        BooleanSupplier cancelled) {

    /** An answer to one message. */
    public static Request chat(String message) {
        return chat(List.of(Message.user(message)));
    }

    /** An answer to a conversation. */
    public static Request chat(List<Message> messages) {
        return of(new Prompt.Chat(messages));
    }

    /** A continuation of a text, without a chat template. */
    public static Request continuing(String text) {
        return of(new Prompt.Text(text));
    }

    /** A text with its gaps filled: {@code [[3]]} for three tokens, {@code [[]]} for a length the model chooses. */
    public static Request infill(String textWithGaps) {
        return of(new Prompt.Gaps(textWithGaps));
    }

    /** A request with the model's own settings. */
    public static Request of(Prompt prompt) {
        return new Request(prompt, Decoding.defaults(), OptionalLong.empty(), frame -> {}, () -> false);
    }

    public Request decoding(Decoding chosen) {
        return new Request(prompt, chosen, seed, listener, cancelled);
    }

    public Request maxTokens(int count) {
        return decoding(decoding.maxTokens(count));
    }

    public Request temperature(double value) {
        return decoding(decoding.temperature(value));
    }

    public Request verify(boolean judged) {
        return decoding(decoding.verify(judged));
    }

    public Request seed(long number) {
        return new Request(prompt, decoding, OptionalLong.of(number), listener, cancelled);
    }

    public Request listener(Consumer<CanvasFrame> each) {
        return new Request(prompt, decoding, seed, each, cancelled);
    }

    public Request cancelled(BooleanSupplier asked) {
        return new Request(prompt, decoding, seed, listener, asked);
    }
}
