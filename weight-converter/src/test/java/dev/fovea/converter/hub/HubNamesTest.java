package dev.fovea.converter.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
        assertThrows(FoveaException.class, () -> ModelName.of(text));
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
        assertThrows(FoveaException.class, () -> HubEnvironment.endpoint(text, "--hub"));
    }

    @Test
    void waysAround() {
        List<String> direct = new ArrayList<>();
        var proxies = new EnvironmentProxies(
                Map.of("HTTPS_PROXY", "proxy:3128", "no_proxy", "localhost, .example.com,*.example.org,host:8080"));
        for (String host : List.of(
                "localhost", "a.example.com", "example.com", "b.example.org", "host:8080", "host", "myexample.com")) {
            if (proxies.select(URI.create("https://" + host + "/x")).equals(List.of(Proxy.NO_PROXY))) {
                direct.add(host);
            }
        }
        assertEquals(List.of("localhost", "a.example.com", "example.com", "b.example.org", "host:8080"), direct);
    }
}
