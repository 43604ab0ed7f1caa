package io.palimpsest.engine;

import io.palimpsest.diffusion.canvas.Canvas;
import io.palimpsest.diffusion.canvas.CanvasFrame;
import io.palimpsest.diffusion.canvas.Span;
import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.diffusion.denoiser.HybridDenoiser;
import io.palimpsest.diffusion.sampler.Blocks;
import io.palimpsest.diffusion.sampler.Fill;
import io.palimpsest.diffusion.sampler.Filled;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.Traits;
import io.palimpsest.model.tokenizer.ChatTemplate;
import io.palimpsest.tensor.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Turns requests into canvases and canvases into answers, on the engine's thread. */
final class Writer implements AutoCloseable {

    private final LanguageModel model;
    private final Denoiser denoiser;

    Writer(LanguageModel model, Denoiser denoiser) {
        this.model = model;
        this.denoiser = denoiser;
    }

    Answer answer(Request request) {
        long began = System.nanoTime();
        long seed = request.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 31));
        if (request.prompt() instanceof Prompt.Gaps gaps) {
            requireForGaps(request.decoding());
            GapFiller filler = new GapFiller(model, denoiser, Settings.of(model, request.decoding()));
            return filler.fill(GapText.parse(gaps.text()), seed, listener(request), began);
        }
        int[] prompt = encode(request.prompt());
        Filled filled = write(Canvas.of(prompt), limit(prompt.length, request), request, seed);
        return answer(filled, prompt.length, seed, began);
    }

    private static void requireForGaps(Decoding decoding) {
        if (decoding.verify().orElse(false) || decoding.typical().isPresent()) {
            String asked = decoding.verify().isPresent() ? "verify" : "the epsilon of typical acceptance";
            throw new IllegalArgumentException("gaps cannot be verified: the autoregressive mode does not see what"
                    + " stands behind them. Leave out " + asked);
        }
        if (decoding.maxTokens().isPresent()) {
            throw new IllegalArgumentException(
                    "max tokens limit what is written behind a text; a gap has its own length: [[3]] holds three tokens");
        }
    }

    private Answer answer(Filled filled, int from, long seed, long began) {
        boolean stopped = filled.finish() == Filled.Finish.STOP;
        int end = filled.canvas().length() - (stopped ? 1 : 0);
        return new Answer(
                model.tokenizer().decode(filled.canvas().ids(new Span(from, end))),
                stopped ? Answer.Finish.STOP : Answer.Finish.LENGTH,
                filled.tokens(),
                filled.forwardPasses(),
                (System.nanoTime() - began) / 1e9,
                filled.meanConfidence(),
                seed,
                model.name(),
                List.of());
    }

    private int[] encode(Prompt prompt) {
        if (model.traits().noise() == Traits.Noise.NORMAL) {
            return beginning(prompt);
        }
        if (prompt instanceof Prompt.Chat chat) {
            ChatTemplate template = model.template()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the model " + model.name() + " has no chat template; continue a text instead (--raw)"));
            return model.tokenizer().encodeChat(template, chat.messages(), true);
        }
        int[] ids = model.tokenizer().encode(prompt instanceof Prompt.Text text ? text.text() : "");
        return ids.length == 0 ? new int[] {model.boundary()} : ids;
    }

    /** A model that knows texts and no conversations takes a lone message as the beginning of a text. */
    private int[] beginning(Prompt prompt) {
        String text = prompt instanceof Prompt.Text given ? given.text() : "";
        if (prompt instanceof Prompt.Chat chat) {
            if (chat.messages().size() != 1) {
                throw new IllegalArgumentException(
                        "the model " + model.name() + " continues a text and holds no conversations");
            }
            text = chat.messages().get(0).content();
        }
        int[] words = model.tokenizer().encode(text);
        return IntStream.concat(IntStream.of(model.boundary()), Arrays.stream(words))
                .toArray();
    }

    private int limit(int promptLength, Request request) {
        int room = model.context() - promptLength;
        if (room < 1) {
            throw new IllegalArgumentException("the prompt has " + promptLength + " tokens, but the context of "
                    + model.name() + " holds " + model.context()
                    + " and one more must be written: shorten it by at least "
                    + (1 - room) + " tokens");
        }
        int wanted = request.decoding().maxTokens().orElse(Math.min(room, Decoding.MAX_TOKENS));
        if (wanted > room) {
            throw new IllegalArgumentException("the prompt's " + promptLength + " tokens and " + wanted
                    + " more exceed the context of " + model.name() + " (" + model.context() + ") by "
                    + (wanted - room) + "; shorten the prompt, or ask for at most " + room + " tokens");
        }
        return wanted;
    }

    private Filled write(Canvas canvas, int limit, Request request, long seed) {
        Settings settings = Settings.of(model, request.decoding());
        int end = canvas.length() + limit;
        Fill fill = new Fill(canvas, Seed.of(seed), upTo(end, listener(request)));
        if (denoiser instanceof HybridDenoiser hybrid && settings.isHybrid()) {
            return settings.hybrid(hybrid, limit).fill(fill);
        }
        Blocks blocks = settings.extend(canvas, limit);
        Denoiser drawing = settings.drawing(denoiser, Seed.of(seed), limit);
        int hidden = canvas.hidden(canvas.span()).length;
        return settings.sampler(drawing, blocks, limit, Math.max(0, limit - hidden))
                .fill(List.of(fill))
                .get(0)
                .upTo(end);
    }

    /** Hides from a listener what follows the text that was asked for: the end of its last block. */
    private static Consumer<CanvasFrame> upTo(int end, Consumer<CanvasFrame> listener) {
        return frame -> listener.accept(frame.upTo(end));
    }

    /** A listener that ends the work when it is no longer wanted. */
    private static Consumer<CanvasFrame> listener(Request request) {
        return frame -> {
            request.listener().accept(frame);
            if (request.cancelled().getAsBoolean()) {
                throw new CancellationException("the request was cancelled");
            }
        };
    }

    Score score(String text, int draws, long seed) {
        return new Scorer(model, denoiser, draws, Seed.of(seed)).score(text);
    }

    Score continuation(String context, String text, int draws, long seed) {
        return new Scorer(model, denoiser, draws, Seed.of(seed)).continuation(context, text);
    }

    @Override
    public void close() {
        denoiser.close();
    }
}
