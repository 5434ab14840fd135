package dev.fovea.service.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Answers a client of the Model Context Protocol over two streams: JSON-RPC 2.0, a message on a line, in the revisions
 * of the protocol from 2024-11-05 to 2025-11-25. A call depends on nothing that came before but the client's roots, so
 * clients that send no {@code initialize} are answered as well. Calls run beside each other and can be cancelled.
 */
public final class McpSession {

    /** The revisions of the protocol, the newest first. */
    private static final List<String> VERSIONS = List.of("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05");

    private static final System.Logger LOG = System.getLogger("dev.fovea.service");

    private static final int PARSE_ERROR = -32700;
    private static final int INVALID_REQUEST = -32600;
    private static final int METHOD_NOT_FOUND = -32601;
    private static final int INVALID_PARAMS = -32602;
    private static final int INTERNAL_ERROR = -32603;

    private static final int AT_ONCE = 8;
    private static final int MOST_WAITING = 256;

    /** What the client is told of itself: enough that a model picks the tools. */
    private static final String INSTRUCTIONS = "Looks at local pictures with small models that run on this machine."
            + " Pictures are named by the paths of their files, which must lie in the allowed folders."
            + " search_photos finds pictures; the other tools look at one.";

    private final MessageLines lines;
    private final Map<String, McpTool> tools = new LinkedHashMap<>();
    private final ClientRoots roots;
    private final AllowedFolders folders;
    private final String version;
    private final Duration time;

    private final ExecutorService threads = Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofPlatform().name("fovea-mcp-", 0).daemon().factory());
    private final Map<JsonNode, RunningCall> running = new ConcurrentHashMap<>();

    /**
     * Prepares a session.
     *
     * @param version of this program, for the client's log
     * @param time that a call may take, without the indexing of photos
     */
    public McpSession(
            InputStream in, OutputStream out, McpTools tools, AllowedFolders folders, String version, Duration time) {
        lines = new MessageLines(in, out);
        tools.all().forEach(tool -> this.tools.put(tool.name(), tool));
        this.folders = folders;
        this.version = version;
        this.time = time;
        roots = new ClientRoots(folders, this::send);
    }

    /**
     * Answers until the client closes its end, then finishes the calls that run, for as long as a call may take.
     *
     * @throws IOException if the client cannot be read
     */
    public void run() throws IOException {
        try {
            for (boolean open = true; open; ) {
                try {
                    JsonNode message = lines.read();
                    open = message != null;
                    if (open) {
                        receive(message);
                    }
                } catch (MessageLines.BadLineException bad) {
                    sendError(JsonNodeFactory.instance.nullNode(), PARSE_ERROR, bad.getMessage());
                }
            }
            threads.shutdown();
            threads.awaitTermination(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (UncheckedIOException gone) {
            LOG.log(Level.WARNING, gone.getMessage());
        } finally {
            threads.shutdownNow();
        }
    }

    private void receive(JsonNode message) {
        JsonNode id = message.path("id");
        boolean hasId = id.isTextual() || id.isIntegralNumber();
        if (!message.isObject() || !message.path("jsonrpc").asText().equals("2.0") || !id.isMissingNode() && !hasId) {
            sendError(
                    hasId ? id : JsonNodeFactory.instance.nullNode(),
                    INVALID_REQUEST,
                    "a line is no message; send one JSON-RPC 2.0 object on each, with a text or a number as id");
            return;
        }
        JsonNode method = message.path("method");
        if (method.isTextual()) {
            JsonNode params = message.path("params");
            if (hasId) {
                request(id, method.asText(), params);
            } else {
                notification(method.asText(), params);
            }
        } else if (hasId && (message.has("result") || message.has("error"))) {
            roots.answered(id, message.path("result"));
        } else {
            sendError(
                    hasId ? id : JsonNodeFactory.instance.nullNode(),
                    INVALID_REQUEST,
                    "a message has no method; send a request, a notification or an answer");
        }
    }

    private void request(JsonNode id, String method, JsonNode params) {
        switch (method) {
            case "initialize" -> sendResult(id, initialize(params));
            case "ping" -> sendResult(id, JsonNodeFactory.instance.objectNode());
            case "tools/list" -> sendResult(id, list());
            case "tools/call" -> call(id, params);
            default ->
                sendError(
                        id,
                        METHOD_NOT_FOUND,
                        "there is no method " + RecordJson.shown(method)
                                + " here; this server has tools: tools/list, tools/call");
        }
    }

    private void notification(String method, JsonNode params) {
        switch (method) {
            case "notifications/initialized", "notifications/roots/list_changed" -> roots.ask();
            case "notifications/cancelled" -> {
                RunningCall call = running.get(params.path("requestId"));
                if (call != null) {
                    call.cancel();
                }
            }
            default -> {} // notifications that are not known are none of ours, as JSON-RPC has it
        }
    }

    private ObjectNode initialize(JsonNode params) {
        roots.clientHasThem(params.path("capabilities").has("roots"));
        String asked = params.path("protocolVersion").asText();
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("protocolVersion", VERSIONS.contains(asked) ? asked : VERSIONS.getFirst());
        result.putObject("capabilities").putObject("tools").put("listChanged", false);
        result.putObject("serverInfo")
                .put("name", "fovea")
                .put("title", "Fovea")
                .put("version", version);
        return result.put("instructions", INSTRUCTIONS);
    }

    private ObjectNode list() {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        ArrayNode all = result.putArray("tools");
        tools.values().forEach(tool -> all.add(tool.describe()));
        return result;
    }

    private void call(JsonNode id, JsonNode params) {
        McpTool tool = tools.get(params.path("name").asText());
        JsonNode given = params.path("arguments");
        if (tool == null) {
            sendError(
                    id,
                    INVALID_PARAMS,
                    "there is no tool " + RecordJson.shown(params.path("name").asText()) + "; there are "
                            + String.join(", ", tools.keySet()));
            return;
        }
        if (!given.isObject() && !given.isMissingNode() && !given.isNull()) {
            sendError(id, INVALID_PARAMS, "arguments is no object; send the arguments of " + tool.name() + " by name");
            return;
        }
        if (running.size() >= MOST_WAITING) {
            sendResult(id, failed(running.size() + " calls wait already; call again when some are answered"));
            return;
        }
        JsonNode arguments = given.isObject() ? given : JsonNodeFactory.instance.objectNode();
        JsonNode token = params.path("_meta").path("progressToken");
        RunningCall call = new RunningCall(self -> answer(self, id, tool, arguments, token), () -> running.remove(id));
        if (running.putIfAbsent(id, call) != null) {
            sendError(id, INVALID_REQUEST, "the id of a request is that of one that runs; give each its own");
            return;
        }
        call.start(threads);
    }

    private void answer(RunningCall call, JsonNode id, McpTool tool, JsonNode arguments, JsonNode token) {
        JsonNode result = null;
        String fault = "";
        try {
            roots.await();
            ToolCall context =
                    new ToolCall(folders, Deadline.in(time), (done, total, said) -> progress(token, done, total, said));
            result = succeeded(tool.call(arguments, context));
        } catch (HttpFailure | FoveaException known) {
            result = failed(known.getMessage());
        } catch (RuntimeException | Error unknown) {
            LOG.log(Level.ERROR, tool.name() + " failed: " + unknown, unknown);
            fault = tool.name() + " failed in this server; its error output says more";
        }
        if (!call.end()) {
            return; // the client has cancelled it and expects no answer
        }
        if (result == null) {
            sendError(id, INTERNAL_ERROR, fault);
        } else {
            sendResult(id, result);
        }
    }

    /** Makes the result of a call, as the protocol wants it also as a text for clients that know no structure. */
    private static ObjectNode succeeded(Record answer) {
        ObjectNode result = text(new String(RecordJson.write(answer), StandardCharsets.UTF_8));
        result.set("structuredContent", RecordJson.tree(answer));
        return result;
    }

    /** Makes the result of a call that failed, which the client shows the model, so that it can call better. */
    private static ObjectNode failed(String message) {
        return text(message).put("isError", true);
    }

    private static ObjectNode text(String text) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    private void progress(JsonNode token, int done, int total, String said) {
        if (token.isTextual() || token.isIntegralNumber()) {
            ObjectNode params = JsonNodeFactory.instance.objectNode();
            params.set("progressToken", token);
            send(message("notifications/progress")
                    .set(
                            "params",
                            params.put("progress", done).put("total", total).put("message", said)));
        }
    }

    private static ObjectNode message(String method) {
        return JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0").put("method", method);
    }

    private void sendResult(JsonNode id, JsonNode result) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
        answer.set("id", id);
        send(answer.set("result", result));
    }

    private void sendError(JsonNode id, int code, String message) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
        answer.set("id", id);
        answer.putObject("error").put("code", code).put("message", message);
        send(answer);
    }

    private void send(JsonNode message) {
        try {
            lines.write(message);
        } catch (IOException gone) {
            throw new UncheckedIOException("the client reads no more", gone);
        }
    }
}
