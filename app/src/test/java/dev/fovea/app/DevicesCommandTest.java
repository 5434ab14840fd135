package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.terminal.Style;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code devices}, and {@code --device} with what it lists. */
class DevicesCommandTest {

    @TempDir
    private Path folder;

    private JsonNode devices;

    @BeforeEach
    void list() throws IOException {
        devices = Ran.fovea("devices", "--json").json().get("devices");
    }

    private JsonNode openCl() {
        JsonNode device = devices.get(1);
        Assumptions.assumeTrue(
                device.get("usable").asBoolean(), device.get("problem").asText());
        return device;
    }

    @Test
    void theCpuComesFirst() throws IOException {
        JsonNode cpu = devices.get(0);
        assertEquals("cpu", cpu.get("device").asText());
        assertTrue(cpu.get("usable").asBoolean());
        assertTrue(cpu.get("problem").isNull());
        assertEquals(
                Runtime.getRuntime().availableProcessors(),
                cpu.get("computeUnits").asInt());
        String out = Ran.fovea("devices").out();
        assertTrue(out.startsWith("cpu\tCPU\t"), out);
        assertTrue(out.lines().allMatch(line -> line.split("\t", -1).length == 9), out);
        String seen = Ran.at(new Style(true, false, 80, StandardCharsets.UTF_8), "devices")
                .out();
        assertTrue(seen.startsWith("cpu        CPU, "), seen);
        assertTrue(out.contains("-bit vectors"), out);
    }

    @Test
    void whereThereIsNoOpenClTheListSaysWhy() throws IOException {
        JsonNode device = devices.get(1);
        if (device.get("usable").asBoolean()) {
            assertEquals("opencl:0", device.get("device").asText());
            assertTrue(device.get("memoryBytes").asLong() > 0);
        } else {
            assertTrue(device.get("problem").asText().contains("install"), device.toString());
        }
    }

    @Test
    void aDeviceIsChosenByNumberOrName() throws IOException {
        String name = openCl().get("name").asText();
        Path model = TinyClip.write(folder.resolve("model"), Set.of());
        JsonNode cpu = embed(model, "cpu");
        for (String device : new String[] {
            "opencl", "opencl:0", "opencl:" + name.substring(0, 5).toUpperCase()
        }) {
            JsonNode found = embed(model, device);
            for (int i = 0; i < cpu.size(); i++) {
                assertEquals(cpu.get(i).asDouble(), found.get(i).asDouble(), 1e-5);
            }
        }
    }

    private static JsonNode embed(Path model, String device) throws IOException {
        return Ran.fovea("embed", "--model", model, "--device", device, "--json", "--text", "a b")
                .json()
                .get("embeddings")
                .get(0)
                .get("vector");
    }

    @Test
    void devicesThatAreNotThere() throws IOException {
        openCl();
        Path model = TinyClip.write(folder.resolve("model"), Set.of());
        ErrorsTest.assertOneLine(
                Ran.fovea("embed", "--model", model, "--device", "opencl:77", "--text", "a"), "\"77\"", "opencl:0");
        ErrorsTest.assertOneLine(
                Ran.fovea("embed", "--model", model, "--device", "cpu:1", "--text", "a"), "ask for cpu");
    }
}
