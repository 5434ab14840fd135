package dev.fovea.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of models, choice of files, and what the environment says. */
class HubNamesTest {

    @TempDir
    Path home;

    private HubEnvironment environment(Map<String, String> variables) {
        return new HubEnvironment(variables, home);
    }

    @Test
    void names() {
        assertEquals(Optional.of(new ModelName("a", "b.c-d_1", "main")), ModelName.find("a/b.c-d_1"));
        assertEquals(Optional.of(new ModelName("a", "b", "refs/pr/1")), ModelName.find("a/b@refs/pr/1"));
        assertEquals("a/b@v1", ModelName.of("a/b@v1").toString());
        assertEquals("a/b", ModelName.of("a/b@main").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/",
                "/b",
                "a/b/c",
                "../b",
                "a/..",
                "a/b..c",
                "a--b/c",
                "a/b@",
                "a/b@../../x",
                "a/b@/x",
                "a/b@x\\y",
                "a/.b",
                "-a/b",
                "a/b.git",
                "C:/b",
                "a/b@C:x",
                "a b/c",
                "a/b@x//y"
            })
    void noNames(String text) {
        assertEquals(Optional.empty(), ModelName.find(text));
        assertThrows(ModelException.class, () -> ModelName.of(text));
    }

    private static String selected(String... names) {
        return String.join(
                " ",
                Selection.of(Stream.of(names)
                                .map(name -> new RemoteFile(name, 1, null))
                                .toList())
                        .stream()
                        .map(RemoteFile::path)
                        .toList());
    }

    @Test
    void oneKindOfWeights() {
        assertEquals(
                "config.json model.safetensors",
                selected(
                        "config.json",
                        "model.safetensors",
                        "pytorch_model.bin",
                        "tf_model.h5",
                        "model.fp16.safetensors"));
        assertEquals(
                "model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json",
                selected(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "pytorch_model-00001-of-00002.bin"));
        assertEquals(
                "open_clip_config.json open_clip_model.safetensors",
                selected("open_clip_config.json", "open_clip_model.safetensors", "open_clip_pytorch_model.bin"));
        assertEquals(
                "pytorch_model-00001-of-00001.bin pytorch_model.bin.index.json",
                selected(
                        "pytorch_model-00001-of-00001.bin",
                        "pytorch_model.bin.index.json",
                        "training_args.bin",
                        "onnx/model.safetensors"));
        assertEquals("ViT-B-32.pt", selected("ViT-B-32.pt", "README.md"));
        assertEquals("", selected("README.md", "onnx/config.json"));
    }

    @Test
    void usualPlaces() {
        HubEnvironment nothing = environment(Map.of("HF_TOKEN", " ", "HF_ENDPOINT", ""));
        assertEquals(URI.create("https://huggingface.co"), nothing.endpoint());
        assertEquals(home.resolve(".cache/huggingface/hub"), nothing.cache());
        assertNull(nothing.token());
        assertFalse(nothing.offline());
    }

    @Test
    void chosenPlaces() throws IOException {
        assertEquals(
                URI.create("http://mirror:8080/x"),
                environment(Map.of("HF_ENDPOINT", "http://mirror:8080/x/")).endpoint());
        assertEquals(
                home.resolve("models/hub"),
                environment(Map.of("HF_HOME", "~/models")).cache());
        assertEquals(
                Path.of("/a"),
                environment(Map.of("HF_HUB_CACHE", "/a", "HUGGINGFACE_HUB_CACHE", "/b", "HF_HOME", "/c"))
                        .cache());
        assertEquals(
                Path.of("/x/huggingface/hub"),
                environment(Map.of("XDG_CACHE_HOME", "/x")).cache());
        Path token = Files.writeString(home.resolve("secret"), "hf_abc\n");
        assertEquals(
                "hf_abc", environment(Map.of("HF_TOKEN_PATH", token.toString())).token());
        assertTrue(environment(Map.of("HF_HUB_OFFLINE", "True")).offline());
        assertFalse(environment(Map.of("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1"))
                .offline());
        assertTrue(environment(Map.of("TRANSFORMERS_OFFLINE", "1")).offline());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "huggingface.co",
                "ftp://x",
                "https://",
                "https://u:p@x",
                "https://x?y",
                "https:// x",
                "file:///x"
            })
    void noAddresses(String text) {
        assertThrows(ModelException.class, () -> HubEnvironment.endpoint(text, "Hub.endpoint"));
    }

    private static boolean isDirect(String exceptions, String host) {
        EnvironmentProxies proxies =
                new EnvironmentProxies(Map.of("HTTPS_PROXY", "proxy:3128", "no_proxy", exceptions));
        return proxies.select(URI.create("https://" + host + "/x")).equals(List.of(Proxy.NO_PROXY));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|localhost 127.0.0.1 127.9.9.9 [::1]|example.com 128.0.0.1 127.evil.com",
                "localhost, .example.com,*.example.org,host:8080|a.example.com example.com b.example.org host:8080"
                        + "|host myexample.com example.com.evil",
                "*|anything 10.0.0.1 [fe80::1]|",
                "example.com:443|example.com example.com:443|example.com:8443",
                "EXAMPLE.com.|example.com EXAMPLE.COM|xample.com",
                "10.0.0.0/8 192.168.1.0/24|10.1.2.3 192.168.1.255|11.0.0.1 192.168.2.1 [::1:1]",
                "10.0.0.0/99,10.0.0.0/x|localhost|10.0.0.0",
                "192.168.1.7|192.168.1.7|192.168.1.70",
                "fe80::/10 [2001:db8::1]:443 ::2|[fe80::5] [2001:db8::1] [::2]|[2001:db8::1]:8443 [::3] 10.0.0.1",
                ".,*.,:,[]|localhost|example.com"
            })
    void waysAround(String exceptions, String direct, String through) {
        for (String host : direct.split(" ")) {
            assertTrue(isDirect(exceptions == null ? "" : exceptions, host), host);
        }
        for (String host : through == null ? new String[0] : through.split(" ")) {
            assertFalse(isDirect(exceptions == null ? "" : exceptions, host), host);
        }
    }

    @Test
    void whichProxyCounts() {
        URI secure = URI.create("https://example.com/x");
        URI plain = URI.create("http://example.com/x");
        EnvironmentProxies proxies =
                new EnvironmentProxies(Map.of("HTTPS_PROXY", "a", "https_proxy", "b", "ALL_PROXY", "socks5://c"));
        assertEquals("https_proxy", proxies.variable(secure));
        assertEquals("ALL_PROXY", proxies.variable(plain));
        assertEquals("[HTTP @ b:80]", proxies.select(secure).toString().replace("/<unresolved>", ""));
        FoveaException refused = assertThrows(ModelException.class, () -> proxies.select(plain));
        assertTrue(refused.getMessage().startsWith("ALL_PROXY names a SOCKS proxy"), refused.getMessage());
        assertNull(new EnvironmentProxies(Map.of("HTTPS_PROXY", "a", "https_proxy", "")).variable(secure));
    }

    @ParameterizedTest
    @CsvSource({
        "a/b.json, true, true",
        "runs/Mar27_12:30:00_host/events.log, false, true",
        "C:x, false, true",
        "evil., false, true",
        "a /b, false, true",
        "nul, false, true",
        "a/Com1.json, false, true",
        "conx.json, true, true",
        "com10, true, true",
        "what?.txt, false, true",
        "a<b, false, true",
        "..., false, true",
        "../x, false, false",
        "a/..//b, false, false",
        "/x, false, false",
        "a\\b, false, false",
        "'', false, false"
    })
    void namesOfFiles(String name, boolean onWindows, boolean elsewhere) {
        assertEquals(onWindows, SafePath.isUsable(name, true));
        assertEquals(onWindows, SafePath.isSafe(name));
        assertEquals(elsewhere, SafePath.isUsable(name, false));
    }

    @Test
    void longNamesOfFiles() {
        assertTrue(SafePath.isUsable("é".repeat(127), false));
        assertFalse(SafePath.isUsable("é".repeat(128), false));
        assertFalse(SafePath.isUsable("a/".repeat(500) + "b", false));
        assertEquals(SafePath.folded("É.json"), SafePath.folded("e\u0301.JSON"));
        assertEquals(SafePath.folded("straße"), SafePath.folded("STRASSE"));
    }
}
