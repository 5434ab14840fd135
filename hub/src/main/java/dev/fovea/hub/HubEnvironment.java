package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.CacheFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads what the environment says about hubs, with the variables of huggingface_hub's {@code constants.py}.
 *
 * @param variables of the environment
 * @param home the user's folder
 */
record HubEnvironment(Map<String, String> variables, Path home) {

    private static final URI USUAL = URI.create("https://huggingface.co");

    /**
     * Stands in for the home of a user who has none: nothing is found there, and the error of a write names HF_HOME.
     */
    private static final Path NO_HOME = Path.of("/nonexistent");

    private static final Set<String> YES = Set.of("1", "on", "yes", "true");

    /** Returns the environment of this process. */
    static HubEnvironment ofProcess() {
        return new HubEnvironment(System.getenv(), CacheFolder.home().orElse(NO_HOME));
    }

    /** Returns the hub's address: HF_ENDPOINT. */
    URI endpoint() {
        return has("HF_ENDPOINT") ? endpoint(variables.get("HF_ENDPOINT"), "HF_ENDPOINT") : USUAL;
    }

    /**
     * Reads an address that someone wrote.
     *
     * @param source where it was written, for the error
     * @throws FoveaException if the text is not an address
     */
    static URI endpoint(String text, String source) {
        try {
            URI uri = URI.create(text.strip().replaceAll("/+$", ""));
            boolean http = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new ModelException(source + " is no hub's address: " + text + "; it must be as " + USUAL);
    }

    /**
     * Returns the cache's folder: the system property {@code fovea.hub.cache}, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, or
     * {@code hub} in HF_HOME.
     */
    Path cache() {
        String given = System.getProperty("fovea.hub.cache");
        if (given != null) {
            return Path.of(given);
        }
        return path("HF_HUB_CACHE", path("HUGGINGFACE_HUB_CACHE", hubHome().resolve("hub")));
    }

    /** Returns HF_HOME, else {@code huggingface} in XDG_CACHE_HOME or {@code ~/.cache}. */
    private Path hubHome() {
        return path("HF_HOME", path("XDG_CACHE_HOME", home.resolve(".cache")).resolve("huggingface"));
    }

    /**
     * Returns the token to show to the hub: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, else the content of the file
     * HF_TOKEN_PATH or of {@code token} in HF_HOME.
     *
     * @return null if there is none
     * @throws FoveaException if it cannot be read, or is no token
     */
    String token() {
        if (has("HF_TOKEN")) {
            return token(variables.get("HF_TOKEN"), "HF_TOKEN");
        }
        if (has("HUGGING_FACE_HUB_TOKEN")) {
            return token(variables.get("HUGGING_FACE_HUB_TOKEN"), "HUGGING_FACE_HUB_TOKEN");
        }
        Path file = path("HF_TOKEN_PATH", hubHome().resolve("token"));
        try {
            String text = Files.isRegularFile(file) ? Files.readString(file) : "";
            return text.isBlank() ? null : token(text, file.toString());
        } catch (IOException e) {
            throw new ModelException(file + ": the token cannot be read (" + e + "); check the file", e);
        }
    }

    private static String token(String text, String source) {
        String token = text.strip();
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new ModelException(source + ": holds characters that no token has; write it again");
        }
        return token;
    }

    /** Returns whether requests to a hub are forbidden: HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE. */
    boolean offline() {
        String said = has("HF_HUB_OFFLINE")
                ? variables.get("HF_HUB_OFFLINE")
                : variables.getOrDefault("TRANSFORMERS_OFFLINE", "");
        return YES.contains(said.strip().toLowerCase(Locale.ROOT));
    }

    private boolean has(String name) {
        return !variables.getOrDefault(name, "").isBlank();
    }

    private Path path(String name, Path fallback) {
        if (!has(name)) {
            return fallback;
        }
        String text = variables.get(name);
        return text.equals("~") || text.startsWith("~/")
                ? home.resolve(text.substring(Math.min(2, text.length())))
                : Path.of(text);
    }
}
