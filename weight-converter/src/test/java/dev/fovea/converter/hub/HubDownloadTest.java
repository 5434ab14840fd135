package dev.fovea.converter.hub;

import static dev.fovea.converter.hub.HubCase.NEEDED;
import static dev.fovea.converter.hub.HubCase.assertSays;
import static dev.fovea.converter.hub.HubCase.assertWhole;
import static dev.fovea.converter.hub.HubCase.failure;
import static dev.fovea.converter.hub.HubCase.hub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from a hub that behaves, and refusals that are no faults. */
@Timeout(60)
class HubDownloadTest {

    @TempDir
    Path folder;

    @Test
    void fetchesWhatIsNeededOnce() throws IOException {
        try (FakeHub server = FakeHub.withModel(55_555)) {
            Download first = hub(server, folder).download(FakeHub.MODEL);
            assertWhole(server, folder, NEEDED, first);
            assertTrue(first.files().stream().allMatch(Download.File::fetched));
            assertEquals(1 + 6, server.gets(true), "a question for ranges and six pieces");
            server.requests.clear();
            Download second = hub(server, folder).download(FakeHub.MODEL);
            assertWhole(server, folder, NEEDED, second);
            assertTrue(second.files().stream().noneMatch(Download.File::fetched));
            assertEquals(1, server.requests.size(), server.requests.toString());
            assertEquals(first.bytes(), second.bytes());
        }
    }

    @Test
    void everything() throws IOException {
        try (FakeHub server = FakeHub.withModel(10)) {
            server.files.put("empty.txt", new byte[0]);
            server.files.put("a b/#c%20ü.txt", new byte[] {1});
            Download download = hub(server, folder).everything().download(FakeHub.MODEL);
            assertWhole(server, folder, List.copyOf(server.files.keySet()), download);
        }
    }

    @Test
    void tellsHowFarItIs() throws IOException {
        try (FakeHub server = FakeHub.withModel(55_555)) {
            long[] told = new long[2];
            Download download = hub(server, folder)
                    .progress(new DownloadProgress() {
                        @Override
                        public void total(long bytes) {
                            told[0] = bytes;
                        }

                        @Override
                        public void advanced(long bytes) {
                            told[1] += bytes;
                        }
                    })
                    .download(FakeHub.MODEL);
            assertEquals(download.bytes(), told[0]);
            assertEquals(download.bytes(), told[1]);
        }
    }

    @Test
    void aListWithoutHashes() throws IOException {
        try (FakeHub server = FakeHub.withModel(55_555)) {
            server.listsHashes = false;
            assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
            assertTrue(server.requests.stream()
                    .noneMatch(asked -> asked.content() && asked.method().equals("HEAD")));
        }
    }

    @Test
    void aNewCommitSharesFiles() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            Path old = hub(server, folder).download(FakeHub.MODEL).folder();
            server.commit = "f".repeat(40);
            server.files.put("config.json", "{\"model_type\": 1}".getBytes());
            Download download = hub(server, folder).download(FakeHub.MODEL);
            assertWhole(server, folder, NEEDED, download);
            assertEquals(
                    List.of("config.json"),
                    download.files().stream()
                            .filter(Download.File::fetched)
                            .map(Download.File::name)
                            .toList());
            assertTrue(Files.exists(old.resolve("config.json")));
        }
    }

    @Test
    void revisions() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            HubCache cache = hub(server, folder).cache();
            ModelName proposal = ModelName.of("owner/name@refs/pr/1");
            Path snapshot = hub(server, folder).download(proposal).folder();
            assertTrue(server.requests.getFirst().path().endsWith("/revision/refs%2Fpr%2F1"));
            assertEquals(Optional.of(snapshot), cache.find(proposal));
            assertEquals(Optional.empty(), cache.find(FakeHub.MODEL));
            assertEquals(Optional.of(snapshot), cache.find(ModelName.of("owner/name@" + FakeHub.COMMIT)));
            hub(server, folder).download(ModelName.of("owner/name@" + FakeHub.COMMIT));
            assertFalse(Files.exists(cache.repository(proposal).resolve("refs").resolve(FakeHub.COMMIT)));
        }
    }

    @Test
    void offline() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            assertSays(failure(hub(server, folder).offline()), "owner/name: not in", "--offline");
            assertSays(failure(hub(server, folder, "HF_HUB_OFFLINE", "1")), "owner/name: not in");
            assertEquals(0, server.requests.size());
            hub(server, folder).download(FakeHub.MODEL);
            server.requests.clear();
            assertWhole(server, folder, NEEDED, hub(server, folder).offline().download(FakeHub.MODEL));
            assertEquals(0, server.requests.size());
        }
    }

    @Test
    void theTokenGoesToTheHubOnly() throws IOException {
        try (FakeHub server = FakeHub.withModel(55_555)) {
            Files.writeString(folder.resolve("token"), "hf_fromFile\n");
            hub(server, folder).download(FakeHub.MODEL);
            for (FakeHub.Request request : server.requests) {
                assertEquals(request.content() ? null : "Bearer hf_fromFile", request.authorization());
            }
            server.requests.clear();
            hub(server, folder, "HF_TOKEN", " hf_given ").download(FakeHub.MODEL);
            assertEquals("Bearer hf_given", server.requests.getFirst().authorization());
            String refused = failure(hub(server, folder, "HF_TOKEN", "hf_a\r\nX: y"));
            assertSays(refused, "HF_TOKEN");
            assertFalse(refused.contains("hf_a"), refused);
        }
    }

    @Test
    void aRenamedRepository() throws IOException {
        try (FakeHub server = FakeHub.withModel(55_555)) {
            server.hubFault = (exchange, content) -> {
                String path = exchange.getRequestURI().toString();
                if (path.contains("moved")) {
                    return false;
                }
                exchange.getResponseHeaders().set("Location", path + (path.contains("?") ? "&moved" : "?moved"));
                FakeHub.send(exchange, 307, new byte[0]);
                return true;
            };
            Hub hub = hub(server, folder, "HF_TOKEN", "hf_x");
            assertWhole(server, folder, NEEDED, hub.download(FakeHub.MODEL));
            assertTrue(server.requests.stream()
                    .allMatch(request -> request.content() == (request.authorization() == null)));
        }
    }

    @Test
    void refusals() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            String absent = failure(hub(server, folder), ModelName.of("owner/another"));
            assertSays(absent, "owner/another", "not found", "check the name");
            server.hubFault = (exchange, content) -> refuse(exchange, 401, "RepoNotFound");
            assertSays(failure(hub(server, folder)), "no such repository", "HF_TOKEN");
            assertSays(failure(hub(server, folder, "HF_TOKEN", "hf_x")), "does not take the token");
            server.hubFault = (exchange, content) -> refuse(exchange, 404, "RevisionNotFound");
            assertSays(failure(hub(server, folder)), "no such revision");
            server.hubFault = (exchange, content) -> content != null && refuse(exchange, 403, "GatedRepo");
            assertSays(failure(hub(server, folder)), "config.json: is gated", "accept its terms at", "HF_TOKEN");
            server.hubFault = (exchange, content) -> content != null && refuse(exchange, 403, "");
            assertSays(failure(hub(server, folder)), "may not be read");
            server.hubFault = (exchange, content) -> content != null && refuse(exchange, 404, "EntryNotFound");
            assertSays(failure(hub(server, folder)), "not there any more");
        }
    }

    static boolean refuse(HttpExchange exchange, int status, String code) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", code);
        }
        FakeHub.send(exchange, status, new byte[0]);
        return true;
    }

    @Test
    void nobodyThere() throws IOException {
        FakeHub server = FakeHub.withModel(100);
        server.close();
        assertSays(failure(hub(server, folder)), "127.0.0.1", "cannot be reached", "check the network");
        try (FakeHub other = FakeHub.withModel(100)) {
            Hub unknown = hub(other, folder).endpoint("http://no-such-host.invalid");
            assertSays(failure(unknown), "no-such-host.invalid cannot be reached");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil",
                "/etc/evil",
                "a/../../evil",
                "C:evil",
                "C:\\\\evil",
                "..\\\\evil",
                "a//b",
                "./a",
                "a\\u0000b",
                "a\\nb",
                "",
                "a/",
                "evil.",
                "config.json:stream"
            })
    void hostileNames(String name) throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.listing = "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [{\"rfilename\": \"" + name
                    + "\", \"size\": 1, \"blobId\": \"" + "a".repeat(40) + "\"}]}";
            assertSays(failure(hub(server, folder).everything()), "outside its folder");
            assertSays(failure(hub(server, folder)), "outside its folder");
            assertFalse(Files.exists(folder.resolve("hub")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{}",
                "{\"sha\": \"../../x\", \"siblings\": []}",
                "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": {}}",
                "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": []}",
                "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": [3]}"
            })
    void brokenLists(String listing) throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.listing = listing;
            assertSays(failure(hub(server, folder)), "owner/name: ");
        }
    }

    @Test
    void aHashThatIsAPathIsNotTaken() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.listsHashes = false;
            server.hubFault = (exchange, content) -> {
                if (content == null) {
                    return false;
                }
                exchange.getResponseHeaders().set("ETag", "\"../../../evil\"");
                FakeHub.send(exchange, 200, content);
                return true;
            };
            assertSays(failure(hub(server, folder)), "neither hash nor length");
        }
    }

    @Test
    void throughAProxy() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            Hub hub = hub(
                    server,
                    folder,
                    "HF_ENDPOINT",
                    "http://hub.invalid",
                    "HTTP_PROXY",
                    server.address(),
                    "NO_PROXY",
                    "127.0.0.1");
            assertWhole(server, folder, NEEDED, hub.download(FakeHub.MODEL));
        }
    }
}
