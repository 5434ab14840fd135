package dev.fovea.hub;

import static dev.fovea.hub.HubCase.NEEDED;
import static dev.fovea.hub.HubCase.assertSays;
import static dev.fovea.hub.HubCase.assertWhole;
import static dev.fovea.hub.HubCase.failure;
import static dev.fovea.hub.HubCase.hub;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.fovea.models.DownloadProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
            assertSays(failure(hub(server, folder).offline()), "owner/name: not in", "Hub.offline()");
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
                "..\\\\evil",
                "a//b",
                "./a",
                "a\\u0000b",
                "a\\nb",
                "a\\u001b[2Jb",
                "a\\u202eb",
                "a\\u0085b",
                "",
                "a/",
                "..",
                "../../../../blobs/x"
            })
    void hostileNamesArePassedOver(String name) throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.more = listed(name);
            assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
            Set<Path> before = tree();
            Download all = hub(server, folder).everything().download(FakeHub.MODEL);
            assertEquals(server.files.size(), all.files().size());
            assertEquals(1, all.passedOver().size());
            Set<Path> more = tree();
            more.removeAll(before);
            assertTrue(more.stream().allMatch(file -> file.startsWith(folder.resolve("hub"))), more.toString());
            assertTrue(
                    more.stream()
                            .noneMatch(file -> file.getFileName().toString().contains("evil")),
                    more.toString());
        }
    }

    private Set<Path> tree() throws IOException {
        try (Stream<Path> files = Files.walk(folder.getParent(), 12)) {
            return files.filter(
                            file -> file.startsWith(folder) || file.toString().contains("evil"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String listed(String name) {
        return ", {\"rfilename\": \"" + name + "\", \"size\": 1, \"blobId\": \"" + "a".repeat(40) + "\"}";
    }

    @Test
    void oddNamesThatNobodyWants() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.files.put("runs/Mar27_12:30:00_host/events.log", new byte[] {1});
            server.files.put("x".repeat(300), new byte[] {2});
            assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
            Download all = hub(server, folder).everything().download(FakeHub.MODEL);
            assertEquals(List.of("x".repeat(300)), all.passedOver());
            assertTrue(Files.exists(all.folder().resolve("runs/Mar27_12:30:00_host/events.log")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\u0000.safetensors", "..\\\\x.safetensors", "\\u001b[2J.safetensors"})
    void oddNamesThatTheModelNeeds(String name) throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.files.keySet().removeIf(file -> file.endsWith(".safetensors"));
            server.more = listed(name);
            String refused = failure(hub(server, folder));
            assertSays(refused, "needs a file named", "rename it in the repository");
            assertTrue(refused.chars().noneMatch(Character::isISOControl), refused);
            assertEquals(refused, failure(hub(server, folder).everything()));
            assertFalse(Files.exists(folder.resolve("hub")));
        }
    }

    /** A disk that takes two names for one, which a link to the same folder does here. */
    @Test
    void namesThatTheDiskTakesForOne() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            server.files.put("sub/a.txt", new byte[] {1});
            server.files.put("SUB/a.txt", new byte[] {2});
            Path snapshot = hub(server, folder).cache().snapshot(FakeHub.MODEL, FakeHub.COMMIT);
            Files.createDirectories(snapshot.resolve("SUB"));
            Files.createSymbolicLink(snapshot.resolve("sub"), Path.of("SUB"));
            assertSays(
                    failure(hub(server, folder).everything()),
                    "cannot hold both \"SUB/a.txt\" and \"sub/a.txt\"",
                    "one name on this disk");
            assertArrayEquals(new byte[] {2}, Files.readAllBytes(snapshot.resolve("SUB/a.txt")));
            Files.delete(snapshot.resolve("sub"));
            Download all = hub(server, folder).everything().download(FakeHub.MODEL);
            assertWhole(server, folder, List.copyOf(server.files.keySet()), all);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e300",
                "-5",
                "\"7\"",
                "3.5",
                "null",
                "{}",
                "[]",
                "true",
                "9223372036854775807",
                "1e999",
                "-1e999"
            })
    void sizesThatAreNone(String size) throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            String hash = server.etag("model.safetensors");
            server.listing = "{\"sha\": \"" + FakeHub.COMMIT
                    + "\", \"siblings\": [{\"rfilename\": \"model.safetensors\"," + " \"size\": " + size
                    + ", \"lfs\": {\"sha256\": \"" + hash + "\", \"size\": " + size + "}}]}";
            Download download = hub(server, folder).download(FakeHub.MODEL);
            assertWhole(server, folder, List.of("model.safetensors"), download);
            assertEquals(100, download.bytes());
        }
    }

    /** Sizes of which each could be, and whose sum is more than a number can hold. */
    @Test
    void sizesThatAddUpToNothing() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            StringBuilder list = new StringBuilder("{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [");
            for (int i = 0; i < 17_000; i++) {
                list.append(i == 0 ? "" : ",").append("{\"rfilename\": \"f" + i + ".safetensors\", \"size\": ");
                list.append(1L << 50).append(", \"blobId\": \"" + String.format("%040x", i) + "\"}");
            }
            server.listing = list + "]}";
            assertSays(failure(hub(server, folder)), "needs 9,223,372,036,854,775,807 bytes, the disk has");
        }
    }

    @Test
    void hashesOfTheWrongKind() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            String git = "b".repeat(40); // what only small files have
            server.listing =
                    "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [{\"rfilename\": \"model.safetensors\","
                            + " \"lfs\": {\"sha256\": \"" + git + "\", \"size\": 100}}]}";
            assertWhole(
                    server,
                    folder,
                    List.of("model.safetensors"),
                    hub(server, folder).download(FakeHub.MODEL));
        }
    }

    @Test
    void anotherCommitThanAskedFor() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            ModelName asked = ModelName.of("owner/name@" + "f".repeat(40));
            assertSays(failure(hub(server, folder), asked), "another commit, " + FakeHub.COMMIT);
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

    /** Over a network without encryption nobody is shown the token; what needs none is fetched all the same. */
    @Test
    void theTokenIsNotSentInClear() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            List<String> notices = new ArrayList<>();
            DownloadProgress progress = new DownloadProgress() {
                @Override
                public void notice(String line) {
                    notices.add(line);
                }
            };
            String[] variables = {
                "HF_ENDPOINT", "http://hub.invalid", "http_proxy", server.address(), "HF_TOKEN", "hf_x", "NO_PROXY", ""
            };
            hub(server, folder, variables).progress(progress).download(FakeHub.MODEL);
            assertTrue(server.requests.stream().allMatch(request -> request.authorization() == null));
            assertEquals(1, notices.size());
            assertSays(notices.getFirst(), "the token is not sent", "https:");
            server.hubFault = (exchange, content) -> refuse(exchange, 401, "");
            assertSays(failure(hub(server, folder, variables)), "name the hub with https:", "not sent in clear");
            notices.clear();
            server.hubFault = (exchange, content) -> false;
            hub(server, folder, "HF_TOKEN", "hf_x").progress(progress).download(FakeHub.MODEL);
            assertEquals(List.of(), notices); // this machine talks to itself
        }
    }

    /** A proxy that cannot be used is no matter as long as nothing goes over it. */
    @Test
    void proxiesOfOtherKinds() throws IOException {
        try (FakeHub server = FakeHub.withModel(100)) {
            for (String name : List.of("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy")) {
                Hub loopback = hub(server, folder, name, "socks5://u:secret@127.0.0.1:1080");
                assertWhole(server, folder, NEEDED, loopback.download(FakeHub.MODEL));
                String[] used = {name, "socks5h://u:secret@127.0.0.1:1080", "HF_ENDPOINT", "https://hub.invalid"};
                String refused = failure(hub(server, folder, used));
                assertSays(refused, name + " names a SOCKS proxy", "except hub.invalid from it in NO_PROXY");
                assertFalse(refused.contains("secret"), refused);
                String[] excepted = Arrays.copyOf(used, 6);
                excepted[4] = "no_proxy";
                excepted[5] = ".invalid";
                String direct = failure(hub(server, folder, excepted).endpoint("https://hub.invalid"));
                assertSays(direct, "https://hub.invalid cannot be reached (", "check the network, the hub's address");
            }
            String[] nobody = {"ALL_PROXY", "http://127.0.0.1:9", "HF_ENDPOINT", "https://hub.invalid"};
            assertSays(
                    failure(hub(server, folder, nobody)),
                    "cannot be reached through the proxy that ALL_PROXY names",
                    "check the network, ALL_PROXY,");
            assertSays(
                    failure(hub(server, folder, "https_proxy", "ftp://x", "HF_ENDPOINT", "https://hub.invalid")),
                    "https_proxy is no address of an HTTP proxy");
        }
    }
}
