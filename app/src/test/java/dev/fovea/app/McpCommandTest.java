package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code mcp}, as a process that a client starts. */
@Timeout(120)
class McpCommandTest {

    private static final Path PICTURES = Path.of("../examples/pictures");

    @TempDir
    Path folder;

    private List<String> arguments(Object... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.fovea.app.Main",
                "mcp"));
        for (Object option : options) {
            arguments.add(option.toString());
        }
        return arguments;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static CallToolResult call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        return client.callTool(
                McpSchema.CallToolRequest.builder(tool).arguments(arguments).build());
    }

    private static Map<?, ?> structured(CallToolResult result) {
        assertFalse(Boolean.TRUE.equals(result.isError()), result::toString);
        return (Map<?, ?>) result.structuredContent();
    }

    /** The client checks results by the schemas that the server gives. */
    @Test
    void theOfficialClientUsesTheTools() throws IOException {
        Path own = Files.createDirectories(folder.resolve("own"));
        Path copy = Files.copy(PICTURES.resolve("octopus.png"), own.resolve("copy.png"));
        Path index = folder.resolve("photos.index");
        assertEquals(0, Ran.fovea("index", PICTURES, own, "--into", index).exit());
        StdioClientTransport transport = new StdioClientTransport(
                ServerParameters.builder(java())
                        .args(arguments("--root", PICTURES, "--index", index))
                        .build(),
                McpJsonDefaults.getMapper());
        transport.setStdErrorHandler(line -> {});
        try (McpSyncClient client = McpClient.sync(transport)
                .requestTimeout(Duration.ofSeconds(60))
                .enableCallToolSchemaCaching(true)
                .capabilities(ClientCapabilities.builder().roots(true).build())
                .build()) {
            McpSchema.InitializeResult server = client.initialize();
            assertEquals("2025-11-25", server.protocolVersion());
            assertEquals("fovea", server.serverInfo().name());
            client.ping();
            assertEquals(6, client.listTools().tools().size());
            Map<?, ?> found = structured(call(client, "search_photos", Map.of("query", "an octopus", "top", 3)));
            assertEquals(10, found.get("photos"));
            Map<?, ?> best = (Map<?, ?>) ((List<?>) found.get("results")).getFirst();
            assertEquals(
                    PICTURES.toRealPath().resolve("octopus.png").toString(),
                    best.get("image"),
                    "the copy is not allowed");
            Map<?, ?> answer = structured(
                    call(client, "ask_image", Map.of("image", best.get("image"), "question", "what is it?")));
            assertEquals("octopus", answer.get("answer"));
            CallToolResult outside = call(client, "describe_image", Map.of("image", copy.toString()));
            assertTrue(outside.isError());
            assertNull(outside.structuredContent());
            assertTrue(outside.content().getFirst().toString().contains("is outside of the allowed folders"));
            client.addRoot(McpSchema.Root.builder(own.toUri().toString()).build());
            Map<?, ?> described = structured(call(client, "describe_image", Map.of("image", copy.toString())));
            assertTrue(described.get("description").toString().contains("octopus"), described::toString);
        }
    }

    @Test
    void nothingButMessagesComesOut() throws Exception {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(arguments("--root", PICTURES, "--model", "blip-mini", "--json"));
        Path err = folder.resolve("stderr");
        Process server = new ProcessBuilder(command).redirectError(err.toFile()).start();
        try (BufferedReader out = server.inputReader();
                var in = server.outputWriter()) {
            in.write("no message\n");
            in.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"describe_image\","
                    + "\"arguments\":{\"image\":\"octopus.png\"}}}\n");
            in.close();
            List<String> lines = out.readAllLines();
            assertEquals(2, lines.size(), lines::toString);
            assertTrue(lines.getFirst().startsWith("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"));
            assertTrue(lines.getLast().startsWith("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":["));
            assertTrue(lines.getLast().contains("\"model\":\"blip-mini\""), "the model that was asked for");
            assertEquals(0, server.waitFor());
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void whatCannotBeServedIsALine() {
        Ran root = Ran.fovea("mcp", "--root", folder.resolve("nowhere"));
        assertEquals(1, root.exit());
        assertTrue(root.err().contains("nowhere: is no folder; name one whose pictures"), root.err());
        Ran index = Ran.fovea("mcp", "--root", folder, "--index", folder.resolve("nowhere"));
        assertEquals(1, index.exit());
        assertTrue(index.err().contains("no such index"), index.err());
        assertEquals("", root.out() + index.out());
    }
}
