package io.palimpsest.model.hub;

/** The hub did not give what was asked for; the message is one line that says what to do. */
public final class HubException extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int LONGEST = 1000;

    public HubException(String message) {
        super(oneLine(message));
    }

    public HubException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /** Names come from strangers: they must not break the line or reach a terminal as control characters. */
    static String oneLine(String message) {
        String line = message.replaceAll("\\p{C}+", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
