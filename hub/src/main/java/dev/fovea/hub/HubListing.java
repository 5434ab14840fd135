package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Lists what a repository holds at a commit.
 *
 * @param commit its hash
 * @param files in the hub's order, also those whose names cannot be used here
 */
record HubListing(String commit, List<RemoteFile> files) {

    private static final int MOST_BYTES = 64 << 20;

    /**
     * The largest size that is believed: no file of a hub is nearly as large, and a thousand of them can still be added
     * up.
     */
    private static final double LARGEST_FILE = 1L << 50;

    private static final int SHA1_DIGITS = 40;
    private static final int SHA256_DIGITS = 64;

    /**
     * Asks the hub for the files of a repository.
     *
     * @throws FoveaException if there is no such repository, or it may not be read
     */
    static HubListing fetch(HubClient client, ModelName model) {
        Attempts attempts = new Attempts(client, model.toString());
        while (true) {
            Refusal refusal = new Refusal(model, "");
            try (Answer answer = client.open("GET", HubAddress.listing(client.endpoint(), model), null, refusal)) {
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
                throw new ModelException(model + ": the hub's list of files does not end; check the hub's address");
            }
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    /** Reads {@code {"sha", "siblings": [{"rfilename", "size", "blobId", "lfs": {"sha256", "size"}}]}}. */
    private static HubListing parse(ModelName model, String text) {
        JsonValue answer;
        try {
            answer = JsonReader.readObject(text, "the hub's list of files");
        } catch (FoveaException e) {
            throw new ModelException(
                    model + ": " + e.getMessage() + "; check that Hub.endpoint or HF_ENDPOINT is a hub's address", e);
        }
        String commit = answer.get("sha").text("");
        if (!ModelName.isCommit(commit) || !answer.get("siblings").isArray()) {
            throw new ModelException(model + ": the hub's answer names no commit and files; check the hub's address");
        }
        if (ModelName.isCommit(model.revision()) && !commit.equals(model.revision())) {
            throw new ModelException(
                    model + ": the hub answers with another commit, " + commit + "; check the hub's address");
        }
        List<RemoteFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonValue sibling : answer.get("siblings").items()) {
            RemoteFile file = file(sibling);
            if (names.add(file.path())) {
                files.add(file);
            }
        }
        return new HubListing(commit, List.copyOf(files));
    }

    private static RemoteFile file(JsonValue sibling) {
        JsonValue large = sibling.get("lfs");
        boolean isLarge = large.isObject();
        String etag =
                isLarge ? large.get("sha256").text("") : sibling.get("blobId").text("");
        boolean known = ContentHash.isHash(etag) && etag.length() == (isLarge ? SHA256_DIGITS : SHA1_DIGITS);
        JsonValue size = isLarge ? large.get("size") : sibling.get("size");
        return new RemoteFile(sibling.get("rfilename").text(""), size(size), known ? etag : null);
    }

    /** Reads a length; returns -1, so that the hub is asked again, if no file can have it. */
    private static long size(JsonValue size) {
        double bytes = size.number(-1);
        return bytes >= 0 && bytes <= LARGEST_FILE && bytes == Math.rint(bytes) ? (long) bytes : -1;
    }
}
