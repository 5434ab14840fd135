package dev.fovea.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.service.json.RecordJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Model Context Protocol, line by line. */
@Timeout(60)
class McpMessagesTest {

    private static final Path PICTURES = Path.of("../examples/pictures");

    @TempDir
    Path folder;

    private FoveaMcp mcp;
    private OutputStream client;
    private BufferedReader server;
    private Thread serving;

    @BeforeEach
    void start() throws IOException {
        FoveaMcp.Builder builder = FoveaMcp.builder().root(PICTURES).cache(folder.resolve("indexes"));
        for (String name : Models.embedded().reversed()) {
            builder.model(name, Models.folder(name, LoadOptions.DEFAULTS), LoadOptions.DEFAULTS);
        }
        start(builder);
    }

    private void start(FoveaMcp.Builder builder) throws IOException {
        mcp = builder.open();
        PipedOutputStream toServer = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(toServer, 1 << 16);
        PipedOutputStream out = new PipedOutputStream();
        server = new BufferedReader(new InputStreamReader(new PipedInputStream(out, 1 << 20), StandardCharsets.UTF_8));
        client = toServer;
        serving = Thread.ofPlatform().start(() -> {
            try (out) {
                mcp.serve(in, out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        serving.join();
        mcp.close();
    }

    private void send(String line) throws IOException {
        client.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        client.flush();
    }

    private JsonNode receive() throws IOException {
        return RecordJson.parse(server.readLine().getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode ask(String line) throws IOException {
        send(line);
        return receive();
    }

    private JsonNode call(String tool, String arguments) throws IOException {
        JsonNode answer = ask("{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"method\":\"tools/call\",\"params\":{\"name\":\""
                + tool + "\",\"arguments\":" + arguments + "}}");
        assertEquals("c", answer.path("id").asText());
        return answer.path("result");
    }

    private String refusal(String tool, String arguments) throws IOException {
        JsonNode result = call(tool, arguments);
        assertTrue(result.path("isError").asBoolean(), result::toString);
        assertFalse(result.has("structuredContent"));
        return result.at("/content/0/text").asText();
    }

    private static String initialize(String version, String capabilities) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + version
                + "\",\"capabilities\":" + capabilities + ",\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";
    }

    @Test
    void theRevisionIsTheClientsOrTheNewest() throws IOException {
        for (String known : List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")) {
            assertEquals(
                    known,
                    ask(initialize(known, "{}")).at("/result/protocolVersion").asText());
        }
        JsonNode result = ask(initialize("2099-01-01", "{}")).path("result");
        assertEquals("2025-11-25", result.path("protocolVersion").asText());
        assertEquals("fovea", result.at("/serverInfo/name").asText());
        assertTrue(result.at("/capabilities/tools").isObject());
    }

    @Test
    void toolsSayWhatTheyTakeAndGive() throws IOException {
        JsonNode tools =
                ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}").at("/result/tools");
        assertEquals(
                List.of(
                        "search_photos",
                        "describe_image",
                        "detect_objects",
                        "read_text",
                        "ask_image",
                        "classify_image"),
                tools.findValuesAsText("name"));
        for (JsonNode tool : tools) {
            assertTrue(tool.at("/annotations/readOnlyHint").asBoolean());
            assertFalse(tool.at("/annotations/openWorldHint").asBoolean(true));
            assertEquals("object", tool.at("/inputSchema/type").asText());
            assertEquals("object", tool.at("/outputSchema/type").asText());
            assertFalse(tool.toString().contains("$ref"), tool::toString);
        }
        JsonNode ask = tools.get(4).path("inputSchema");
        assertEquals("[\"image\",\"question\"]", ask.path("required").toString());
        assertFalse(ask.path("additionalProperties").asBoolean(true));
    }

    @Test
    void picturesAreDescribedReadAskedAboutAndClassified() throws IOException {
        JsonNode described =
                call("describe_image", "{\"image\": \"octopus.png\"}").path("structuredContent");
        assertEquals("florence-mini", described.path("model").asText());
        assertTrue(described.path("description").asText().contains("octopus"), described::toString);
        JsonNode found = call("detect_objects", "{\"image\": \"trumpet-boot-and-key.png\"}");
        assertEquals(
                List.of("trumpet", "boot", "key"),
                found.at("/structuredContent/objects").findValuesAsText("label"));
        JsonNode box = found.at("/structuredContent/objects/0/box");
        assertEquals(4, box.size());
        JsonNode text = RecordJson.tree(found.at("/content/0/text").asText());
        assertEquals(found.path("structuredContent"), text, "clients that know no structure get it as text");
        JsonNode boot = call("detect_objects", "{\"image\": \"trumpet-boot-and-key.png\", \"phrases\": \"a boot\"}");
        assertEquals(
                "[\"a boot\"]",
                boot.at("/structuredContent/objects").findValues("label").toString());
        JsonNode word = call("read_text", "{\"image\": \"mushrooms-and-word.png\"}");
        assertEquals("PALETTE", word.at("/structuredContent/text").asText());
        JsonNode answer = call("ask_image", "{\"image\": \"octopus.png\", \"question\": \"what is it?\"}");
        assertEquals("octopus", answer.at("/structuredContent/answer").asText());
        JsonNode labels =
                call("classify_image", "{\"image\": \"coffee.jpg\", \"labels\": [\"a cat\", \"a cup of coffee\"]}");
        assertEquals(
                "a cup of coffee",
                labels.at("/structuredContent/results/0/label").asText());
    }

    @Test
    void photosAreFoundInTheAllowedFoldersWithProgress() throws IOException {
        send("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"search_photos\","
                + "\"arguments\":{\"query\":\"an octopus\",\"top\":2},\"_meta\":{\"progressToken\":\"p\"}}}");
        JsonNode progress = receive();
        assertEquals("notifications/progress", progress.path("method").asText());
        assertEquals("p", progress.at("/params/progressToken").asText());
        assertEquals(progress.at("/params/total"), progress.at("/params/progress"));
        JsonNode result = receive().at("/result/structuredContent");
        assertEquals(2, result.path("results").size());
        assertEquals(9, result.path("photos").asInt(), result::toString);
        String best = result.at("/results/0/image").asText();
        assertEquals(PICTURES.toRealPath().resolve("octopus.png").toString(), best);
        JsonNode alike = call("search_photos", "{\"image\": \"" + best + "\", \"top\": 1}")
                .path("structuredContent");
        assertEquals(best, alike.at("/results/0/image").asText());
        JsonNode where = call("search_photos", "{\"query\": \"an octopus\", \"where\": \"name=cat*\"}");
        assertEquals(1, where.at("/structuredContent/results").size(), where::toString);
        assertTrue(refusal("search_photos", "{\"query\": \"x\", \"where\": \"nonsense\"}")
                .contains("condition"));
        assertTrue(refusal("search_photos", "{}").contains("there is nothing to look for"));
    }

    @Test
    void wrongArgumentsAreToldTheModel() throws IOException {
        assertTrue(refusal("ask_image", "{\"image\": \"octopus.png\"}").contains("question is missing"));
        assertTrue(
                refusal("ask_image", "{\"image\": 3, \"question\": \"what?\"}").contains("image is of the wrong type"));
        assertTrue(refusal("read_text", "{\"image\": \"octopus.png\", \"pages\": 1}")
                .contains("pages is not a field"));
        assertTrue(refusal("read_text", "{\"image\": \"../pom.xml\"}").contains("has .. in it"));
        assertTrue(refusal("read_text", "{\"image\": \"README.md\"}").contains("image: "));
        assertTrue(refusal("search_photos", "{\"query\": \"x\", \"top\": 0}").contains("top is 0; expected 1 to 100"));
        assertTrue(refusal("search_photos", "{\"query\": \"\"}").contains("query has no word; say what the photos"));
        JsonNode unknown = ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"rm\"}}");
        assertEquals(-32602, unknown.at("/error/code").asInt());
        JsonNode list =
                ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"read_text\","
                        + "\"arguments\":[1]}}");
        assertEquals(-32602, list.at("/error/code").asInt());
    }

    @Test
    void brokenAndHugeLinesAreAnsweredAndTheNextIsRead() throws IOException {
        JsonNode broken = ask("{\"jsonrpc\":\"2.0\",");
        assertEquals(-32700, broken.at("/error/code").asInt());
        assertTrue(broken.path("id").isNull());
        assertEquals(-32600, ask("[1, 2]").at("/error/code").asInt());
        assertEquals(
                -32600,
                ask("{\"id\": 1, \"method\": \"ping\"}").at("/error/code").asInt());
        assertEquals(
                -32600,
                ask("{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}")
                        .at("/error/code")
                        .asInt());
        assertEquals(
                -32600, ask("{\"jsonrpc\":\"2.0\",\"id\":1}").at("/error/code").asInt());
        assertEquals(
                -32601,
                ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}")
                        .at("/error/code")
                        .asInt());
        JsonNode huge = ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + "x".repeat(3 << 20) + "\"}");
        assertEquals(-32700, huge.at("/error/code").asInt());
        assertTrue(huge.at("/error/message").asText().contains("at most 1048576 are read"));
        assertEquals(-32700, ask("[".repeat(5000)).at("/error/code").asInt());
        client.write(new byte[] {'"', (byte) 0xFF, '"', '\n'});
        assertEquals(-32700, receive().at("/error/code").asInt());
        send("");
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unknown\"}");
        JsonNode ping = ask("{\"jsonrpc\":\"2.0\",\"id\":\"é\",\"method\":\"ping\"}\r");
        assertEquals("{\"jsonrpc\":\"2.0\",\"id\":\"é\",\"result\":{}}", ping.toString());
    }

    @Test
    void aCancelledCallIsNotAnswered() throws Exception {
        Path many = Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < 400; i++) {
            Files.copy(PICTURES.resolve("coffee.jpg"), many.resolve(i + ".jpg"));
        }
        stop();
        start(FoveaMcp.builder()
                .root(many)
                .cache(folder.resolve("indexes of many"))
                .model("clip", Models.folder("clip-mini", LoadOptions.DEFAULTS), LoadOptions.DEFAULTS));
        send("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"search_photos\","
                + "\"arguments\":{\"query\":\"coffee\"},\"_meta\":{\"progressToken\":1}}}");
        assertEquals("notifications/progress", receive().path("method").asText());
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}");
        send("{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"ping\"}");
        JsonNode next = receive();
        while (next.path("method").asText().equals("notifications/progress")) {
            next = receive();
        }
        assertEquals(6, next.path("id").asInt(), next::toString);
        client.close();
        serving.join(TimeUnit.SECONDS.toMillis(20));
        for (String line = server.readLine(); line != null; line = server.readLine()) {
            assertTrue(line.contains("notifications/progress"), line);
        }
    }

    @Test
    void theClientsRootsAreAskedForAndRespected() throws Exception {
        Path own = Files.createDirectories(folder.resolve("own ä"));
        Path picture = Files.copy(PICTURES.resolve("octopus.png"), own.resolve("o.png"));
        stop();
        start(FoveaMcp.builder().model("blip", Models.folder("blip-mini", LoadOptions.DEFAULTS), LoadOptions.DEFAULTS));
        String arguments = "{\"image\": \"" + picture + "\", \"question\": \"what is it?\"}";
        assertTrue(refusal("ask_image", arguments).contains("no folder is allowed here"));
        ask(initialize("2025-11-25", "{\"roots\":{\"listChanged\":true}}"));
        JsonNode question = ask("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
        assertEquals("roots/list", question.path("method").asText());
        send("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id") + ",\"result\":{\"roots\":[{\"uri\":\"" + own.toUri()
                + "\"},{\"uri\":\"https://example.com/\"},{\"uri\":\"file://elsewhere/x\"}]}}");
        assertEquals(
                "octopus",
                call("ask_image", arguments).at("/structuredContent/answer").asText());
        JsonNode again = ask("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}");
        send("{\"jsonrpc\":\"2.0\",\"id\":" + again.path("id") + ",\"result\":{\"roots\":[]}}");
        assertTrue(refusal("ask_image", arguments).contains("no folder is allowed here"));
        assertTrue(refusal("read_text", "{\"image\": \"x\"}").contains("no model here is for detection"));
    }

    @Test
    void callsThatRunAreAnsweredAfterTheClientClosesItsEnd() throws Exception {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"describe_image\","
                + "\"arguments\":{\"image\":\"octopus.png\",\"brief\":true}}}");
        client.close();
        JsonNode answer = receive();
        assertTrue(answer.at("/result/structuredContent/description").asText().contains("octopus"), answer::toString);
        serving.join(); // a pipe whose last writer has ended is no end of a stream before it is closed
        assertNull(server.readLine());
    }
}
