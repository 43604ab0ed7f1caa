package io.palimpsest.model.hub;

/** The secret that says to the hub who asks. It can be sent but not printed. */
public final class Token {

    private final String secret;
    private final String source;

    /**
     * @param source where it was found, for messages
     */
    public Token(String secret, String source) {
        if (!secret.matches("[\\x21-\\x7e]+")) {
            throw new IllegalArgumentException(
                    "the token in " + source + " has characters that no token has; copy it again from the hub.");
        }
        this.secret = secret;
        this.source = source;
    }

    String authorization() {
        return "Bearer " + secret;
    }

    String source() {
        return source;
    }

    @Override
    public String toString() {
        return "the token in " + source;
    }
}
