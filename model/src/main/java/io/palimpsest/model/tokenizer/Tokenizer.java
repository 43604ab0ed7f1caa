package io.palimpsest.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into token ids and back, as a Hugging Face {@code tokenizer.json} says.
 *
 * <p>Text is never markup: {@link #encode} reads the letters of {@code <|im_end|>}, only {@link #encodeTemplate} reads the
 * special token. One native tokenizer does both; {@link Seal} tells how. Safe for use by many threads.
 */
public final class Tokenizer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vocabulary vocabulary;
    private final Seal seal;
    private final HuggingFaceTokenizer sealed;
    private final ReadWriteLock closing = new ReentrantReadWriteLock();
    private boolean closed;

    private Tokenizer(ObjectNode json) {
        this.vocabulary = Vocabulary.of(json);
        this.seal = new Seal(vocabulary);
        seal.apply(json);
        this.sealed = load(json);
        try {
            checkSpecialIds();
        } catch (RuntimeException e) {
            sealed.close();
            throw e;
        }
    }

    /** Opens a {@code tokenizer.json}. */
    public static Tokenizer open(Path tokenizerJson) {
        try {
            return ofJson(Files.readString(tokenizerJson));
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(tokenizerJson, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new InvalidFileException(tokenizerJson, "expected a tokenizer.json, but cannot read it: " + e, e);
        }
    }

    /** Makes a tokenizer from the text of a {@code tokenizer.json}. */
    public static Tokenizer ofJson(String json) {
        try {
            if (JSON.readTree(json) instanceof ObjectNode object) {
                return new Tokenizer(object);
            }
            throw new IllegalArgumentException("tokenizer.json should be a JSON object, but is something else");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("tokenizer.json is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** DJL asks its makers' servers and may fetch natives unless told not to; its jar carries what we need. */
    private static void stayOffline() {
        setIfAbsent("ai.djl.offline");
        setIfAbsent("OPT_OUT_TRACKING");
    }

    private static void setIfAbsent(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, "true");
        }
    }

    private static HuggingFaceTokenizer load(JsonNode json) {
        stayOffline();
        Map<String, String> options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(JSON.writeValueAsBytes(json)), options);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("tokenizer.json cannot be written again: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("tokenizer.json is not a tokenizer we can load: " + e.getMessage(), e);
        }
    }

    /** The library numbers added tokens itself, in order; a file in another order would get other ids in silence. */
    private void checkSpecialIds() {
        seal.secrets().forEach((spelling, secret) -> {
            int[] found = ids(secret);
            int expected = vocabulary.id(spelling).orElseThrow();
            Vocabulary.require(
                    found.length == 1 && found[0] == expected,
                    "added token '" + spelling + "' should have id " + expected + ", but the tokenizer gives it "
                            + Arrays.toString(found) + ". List added_tokens in the order of their ids.");
        });
    }

    /**
     * The ids of plain text: special tokens spelled in it are letters like any other, and none is added around it.
     *
     * @param text an unpaired surrogate in it is read as U+FFFD, as a UTF-8 writer would
     */
    public int[] encode(String text) {
        return whileOpen(() -> ids(wellFormed(text)));
    }

    /**
     * The ids of plain text with what the tokenizer puts around a whole input: {@code [CLS] … [SEP]} for BERT, a token for
     * the beginning for some, nothing for most.
     */
    public int[] encodeFramed(String text) {
        return whileOpen(() -> ids(wellFormed(text), true));
    }

    /** The ids of trusted text in which spellings of special tokens are special tokens, such as a rendered template. */
    public int[] encodeTemplate(String rendered) {
        return whileOpen(() -> ids(seal.close(wellFormed(rendered))));
    }

    /**
     * The ids of a conversation: the template's markup is special, spellings of it in a message's content are text.
     *
     * <p>The same as {@code encodeTemplate(template.render(messages, …))} unless a message spells a special token.
     */
    public int[] encodeChat(ChatTemplate template, List<Message> messages, boolean addGenerationPrompt) {
        return encodeChat(template, messages, addGenerationPrompt, Map.of());
    }

    /** The same, with further variables for the template. */
    public int[] encodeChat(
            ChatTemplate template, List<Message> messages, boolean addGenerationPrompt, Map<String, Object> extra) {
        var disguise = new Disguise(vocabulary);
        List<Message> disguised = messages.stream()
                .map(message -> new Message(message.role(), disguise.hide(message.content())))
                .toList();
        String rendered = template.render(disguised, addGenerationPrompt, extra);
        return whileOpen(() -> ids(wellFormed(disguise.reveal(seal.close(rendered)))));
    }

    private int[] ids(String text) {
        return ids(text, false);
    }

    private int[] ids(String text, boolean framed) {
        return Arrays.stream(sealed.encode(text, framed, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** Java strings may hold half a character; the native side takes UTF-8 only. */
    private static String wellFormed(String text) {
        return text.codePoints().noneMatch(Tokenizer::isSurrogate)
                ? text
                : text.codePoints()
                        .map(c -> isSurrogate(c) ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    /** The text of ids, without special tokens. */
    public String decode(int[] ids) {
        return decode(ids, false);
    }

    /** The text of ids; ids without a piece (padding rows of an embedding) say nothing. */
    public String decode(int[] ids, boolean keepSpecial) {
        int[] shown = Arrays.stream(ids)
                .filter(id -> vocabulary.piece(id) != null && (keepSpecial || !vocabulary.isSpecial(id)))
                .toArray();
        return vocabulary.isByteLevel() ? Utf8.decode(bytes(shown)) : whileOpen(() -> seal.open(nativeText(shown)));
    }

    private byte[] bytes(int[] ids) {
        var bytes = new ByteArrayOutputStream(4 * ids.length);
        for (int id : ids) {
            bytes.writeBytes(bytes(id));
        }
        return bytes.toByteArray();
    }

    /** The bytes of one id of a byte-level vocabulary. */
    byte[] bytes(int id) {
        @Nullable String piece = vocabulary.piece(id);
        return piece == null ? new byte[0] : ByteAlphabet.bytes(piece);
    }

    private String nativeText(int[] ids) {
        return sealed.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    /** Decodes ids as they come, never half a character. */
    public TextStream stream() {
        return new TextStream(this);
    }

    boolean isByteLevel() {
        return vocabulary.isByteLevel();
    }

    /**
     * One token as text a person can read: {@code " the"}, {@code "<|im_end|>"}, {@code "\xE6\xBC"} for bytes that are
     * no character alone, {@code "<no token 49152>"} for an id without a piece.
     */
    public String token(int id) {
        @Nullable String piece = vocabulary.piece(id);
        if (piece == null) {
            return "<no token " + id + ">";
        }
        return vocabulary.isByteLevel() && !vocabulary.isSpecial(id) ? Utf8.visible(ByteAlphabet.bytes(piece)) : piece;
    }

    /** The id of a token as {@code tokenizer.json} spells it: {@code "<|mask|>"}, {@code "Ġthe"}. */
    public OptionalInt id(String token) {
        return vocabulary.id(token);
    }

    /** How many ids the vocabulary spans; a model's embedding may have more rows. */
    public int size() {
        return vocabulary.size();
    }

    /** The ids that are markup: they never come out of {@link #encode} and are left out by {@link #decode(int[])}. */
    public Set<Integer> specialIds() {
        return vocabulary.specialIds();
    }

    private <T> T whileOpen(Supplier<T> work) {
        closing.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return work.get();
        } finally {
            closing.readLock().unlock();
        }
    }

    /** Frees the native tokenizer once running calls have ended. */
    @Override
    public void close() {
        closing.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                sealed.close();
            }
        } finally {
            closing.writeLock().unlock();
        }
    }
}
