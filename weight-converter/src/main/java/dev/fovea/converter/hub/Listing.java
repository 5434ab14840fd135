package dev.fovea.converter.hub;

import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a repository holds at a commit.
 *
 * @param commit its hash
 */
record Listing(String commit, List<RemoteFile> files) {

    private static final int MOST_BYTES = 64 << 20;

    /**
     * Asks the hub.
     *
     * @throws FoveaException if there is no such repository, it may not be read, or its files have names that lead out of their folder
     */
    static Listing fetch(HubClient client, ModelName model) {
        Attempts attempts = new Attempts(client, model.toString());
        while (true) {
            Refusal refusal = new Refusal(model, "");
            try (Answer answer = client.open("GET", Address.listing(client.endpoint(), model), null, refusal)) {
                return parse(model, body(model, answer));
            } catch (IOException e) {
                attempts.failed(e);
            }
        }
    }

    private static String body(ModelName model, Answer answer) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int read = answer.read(buffer, buffer.length); read >= 0; read = answer.read(buffer, buffer.length)) {
            body.write(buffer, 0, read);
            if (body.size() > MOST_BYTES) {
                throw new FoveaException(model + ": the hub's list of files does not end; check the hub's address");
            }
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    /** Reads {@code {"sha", "siblings": [{"rfilename", "size", "blobId", "lfs": {"sha256", "size"}}]}}. */
    private static Listing parse(ModelName model, String text) {
        JsonValue answer;
        try {
            answer = JsonScanner.readObject(text, "the hub's list of files");
        } catch (FoveaException e) {
            throw new FoveaException(
                    model + ": " + e.getMessage() + "; check that --hub or HF_ENDPOINT is a hub's address", e);
        }
        String commit = answer.get("sha").text("");
        if (!ModelName.isCommit(commit) || !answer.get("siblings").isArray()) {
            throw new FoveaException(model + ": the hub's answer names no commit and files; check the hub's address");
        }
        List<RemoteFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonValue sibling : answer.get("siblings").items()) {
            RemoteFile file = file(sibling);
            if (!SafePath.isSafe(file.path())) {
                throw new FoveaException(model + ": has a file named \"" + printable(file.path())
                        + "\", which would lie outside its folder; do not use this repository");
            }
            if (names.add(file.path())) {
                files.add(file);
            }
        }
        return new Listing(commit, List.copyOf(files));
    }

    private static RemoteFile file(JsonValue sibling) {
        JsonValue large = sibling.get("lfs");
        String etag = large.isObject()
                ? large.get("sha256").text("")
                : sibling.get("blobId").text("");
        long size = (long) large.get("size").number(sibling.get("size").number(-1));
        String path = sibling.get("rfilename").text("");
        return new RemoteFile(path, size, ContentHash.isHash(etag) ? etag : null);
    }

    private static String printable(String name) {
        String text = name.replaceAll("\\p{Cntrl}", "?");
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}
