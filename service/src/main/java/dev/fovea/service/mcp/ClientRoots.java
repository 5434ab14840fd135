package dev.fovea.service.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Asks a client for its roots, the folders that its user lets servers work in, if it says that it has some. */
final class ClientRoots {

    private static final int MOST = 100;
    private static final int WAIT_SECONDS = 5;
    private static final String ID = "roots-";

    private final AllowedFolders folders;
    private final Consumer<JsonNode> send;
    private boolean clientHasThem;
    private int asked;
    private CompletableFuture<Void> answered = CompletableFuture.completedFuture(null);

    ClientRoots(AllowedFolders folders, Consumer<JsonNode> send) {
        this.folders = folders;
        this.send = send;
    }

    /** Hears whether the client has roots. */
    synchronized void clientHasThem(boolean has) {
        clientHasThem = has;
    }

    /** Asks for them anew. */
    void ask() {
        int number;
        synchronized (this) {
            if (!clientHasThem) {
                return;
            }
            number = ++asked;
            answered.complete(null);
            answered = new CompletableFuture<>();
        }
        send.accept(JsonNodeFactory.instance
                .objectNode()
                .put("jsonrpc", "2.0")
                .put("id", ID + number)
                .put("method", "roots/list"));
    }

    /** Takes the client's answer; anything but the answer to the last question is none. */
    synchronized void answered(JsonNode id, JsonNode result) {
        if (!id.asText().equals(ID + asked) || answered.isDone()) {
            return;
        }
        List<Path> found = new ArrayList<>();
        for (JsonNode root : result.path("roots")) {
            Path folder = path(root.path("uri").asText());
            if (folder != null && found.size() < MOST) {
                found.add(folder);
            }
        }
        folders.setOfClient(found);
        answered.complete(null);
    }

    private static Path path(String uri) {
        try {
            return uri.startsWith("file:") ? Path.of(URI.create(uri)) : null;
        } catch (IllegalArgumentException | FileSystemNotFoundException noFolderOfThisMachine) {
            return null;
        }
    }

    /** Waits for an answer that is due, some seconds at most; without it the folders are those that were known. */
    void await() {
        CompletableFuture<Void> due;
        synchronized (this) {
            due = answered;
        }
        try {
            due.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException late) {
            // the client says that it has roots and does not name them
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
