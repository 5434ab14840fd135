package dev.fovea.service.http;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that requests must show, kept as SHA-256. Comparing takes the same time whatever is sent, so that nobody
 * finds a key letter by letter.
 */
public final class ApiKeys {

    /** Nobody needs a key. */
    public static final ApiKeys NONE = new ApiKeys(List.of());

    private static final int SHORTEST = 16;
    private static final String BEARER = "Bearer ";

    private final List<byte[]> digests;

    private ApiKeys(List<byte[]> digests) {
        this.digests = digests;
    }

    /**
     * Reads a file with a key on each line; empty lines and those that begin with {@code #} do not count.
     *
     * @throws FoveaException if there is no such file, or no key in it, or a key is easy to guess
     */
    public static ApiKeys read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException unreadable) {
            throw new FoveaException(
                    file + ": the file of keys cannot be read ("
                            + unreadable.getClass().getSimpleName()
                            + "); expected a text file in UTF-8 with a key on each line",
                    unreadable);
        }
        List<byte[]> digests = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String key = lines.get(i).strip();
            if (key.isEmpty() || key.startsWith("#")) {
                continue;
            }
            if (key.length() < SHORTEST || key.chars().anyMatch(letter -> letter <= ' ' || letter > '~')) {
                throw new FoveaException(file + ": line " + (i + 1) + " is no key; expected at least " + SHORTEST
                        + " ASCII characters without spaces, such as openssl rand -hex 24 prints");
            }
            digests.add(digest(key));
        }
        if (digests.isEmpty()) {
            throw new FoveaException(file + ": there is no key in the file; write one on a line of its own");
        }
        return new ApiKeys(digests);
    }

    /** Returns whether requests must show a key. */
    public boolean areRequired() {
        return !digests.isEmpty();
    }

    /**
     * Checks the header {@code Authorization}.
     *
     * @param authorization its value, or null
     * @return which key it is, as a name that does not tell the key; empty where none is required
     * @throws HttpFailure if a key is required and this is none
     */
    String check(String authorization) {
        if (digests.isEmpty()) {
            return "";
        }
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw HttpFailure.unauthorized("this service needs a key; send the header Authorization: Bearer KEY");
        }
        byte[] sent = digest(authorization.substring(BEARER.length()).strip());
        int known = 0;
        for (int i = 0; i < digests.size(); i++) {
            known |= MessageDigest.isEqual(digests.get(i), sent) ? i + 1 : 0;
        }
        if (known == 0) {
            throw HttpFailure.unauthorized("this service does not know the key that was sent; ask whoever runs it");
        }
        return "key " + known;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
