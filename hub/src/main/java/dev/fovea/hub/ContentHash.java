package dev.fovea.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Checks that bytes are those that an ETag names. The hub's ETags are hashes: of large files the sha256 of the content,
 * of the others git's name of a blob, sha1("blob " + size + NUL + content). Anything else says nothing about the
 * content.
 */
final class ContentHash {

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private final String expected;
    private final MessageDigest digest;

    /** Prepares to hash a file of which nothing was read yet. */
    ContentHash(RemoteFile file) {
        expected = file.etag();
        boolean git = expected.length() == 40;
        try {
            digest = MessageDigest.getInstance(git ? "SHA-1" : "SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has both
        }
        if (git) {
            digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Returns whether an ETag is a hash of the content. */
    static boolean isHash(String etag) {
        return HASH.matcher(etag).matches();
    }

    /** Adds the next bytes of the content to the hash. */
    void update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    /**
     * Returns whether what was read is what the ETag names; true where the ETag is not a hash of the content. May be
     * called once, at the end.
     */
    boolean isRight() {
        return !isHash(expected) || HexFormat.of().formatHex(digest.digest()).equals(expected);
    }
}
