package io.palimpsest.model.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a file's bytes come to: the SHA-256 (Git LFS), or the id that Git gives them as a blob, the SHA-1 of
 * {@code "blob " + length + "\0" + bytes}. The length of what is expected tells which.
 */
final class Checksum {

    private final MessageDigest digest;

    private Checksum(MessageDigest digest) {
        this.digest = digest;
    }

    static Checksum of(RemoteFile file) {
        boolean large = file.etag().length() == 64;
        try {
            MessageDigest digest = MessageDigest.getInstance(large ? "SHA-256" : "SHA-1");
            if (!large) {
                digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.ISO_8859_1));
            }
            return new Checksum(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    void update(byte[] bytes, int length) {
        digest.update(bytes, 0, length);
    }

    /** The checksum; nothing can follow. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
