package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Fovea alone, in every precision, on the embedded models and on inputs that Fovea itself has answered. */
class SideBySideTest {

    private static final int PICTURES = 2;

    @TempDir
    private Path cache;

    private record Said(int status, String output, String errors) {}

    private Said run(Path model, String... more) {
        StringWriter output = new StringWriter();
        StringWriter errors = new StringWriter();
        CommandLine line =
                SideBySide.commandLine().setOut(new PrintWriter(output)).setErr(new PrintWriter(errors));
        List<String> arguments = new ArrayList<>(List.of(model.toString(), "--no-peers", "--cache", cache.toString()));
        arguments.addAll(List.of("--rounds", "1", "--runs", "1", "--warm", "0", "--threads", "1"));
        arguments.addAll(List.of(more));
        int status = line.execute(arguments.toArray(String[]::new));
        return new Said(status, output.toString(), errors.toString());
    }

    private static float[] noise(int count) {
        Random random = new Random(3);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** What the peers write: planes of colours, ids, and answers. */
    private Path clipCache(float factor) throws Exception {
        Path model = Models.folder("clip-mini", LoadOptions.DEFAULTS);
        Path folder = Files.createDirectories(cache.resolve(model.getFileName()));
        try (Clip clip = Clip.load(model)) {
            int size = clip.preprocessing().width();
            int[] label = clip.encode("a cat");
            float[] planes = noise(PICTURES * 3 * size * size);
            float[] pixels = PeerInputs.channelsLast(planes, PICTURES, size);
            new SafetensorsWriter()
                    .add(WeightData.of("pixels", Shape.of(PICTURES, 3, size, size), planes))
                    .add("full_text", DType.I32, Shape.of(1, label.length), ints(label))
                    .add("labels", DType.I32, Shape.of(1, label.length), ints(label))
                    .add("lengths", DType.I32, Shape.of(1), ints(label.length))
                    .write(folder.resolve("inputs.safetensors"));
            List<float[]> images = clip.embedPixels(pixels, PICTURES, size, size);
            float[] text = clip.embedTokens(List.of(label)).getFirst();
            float[] image = new float[PICTURES * text.length];
            for (int i = 0; i < image.length; i++) {
                image[i] = factor * images.get(i / text.length)[i % text.length];
            }
            new SafetensorsWriter()
                    .add(WeightData.of("image", Shape.of(PICTURES, text.length), image))
                    .add(WeightData.of("full_text", Shape.of(1, text.length), text))
                    .add(WeightData.of("labels", Shape.of(1, text.length), text))
                    .write(folder.resolve("answers.safetensors"));
        }
        return model;
    }

    private static MemorySegment ints(int... values) {
        byte[] bytes = new byte[values.length * Integer.BYTES];
        for (int i = 0; i < values.length; i++) {
            for (int k = 0; k < Integer.BYTES; k++) {
                bytes[i * Integer.BYTES + k] = (byte) (values[i] >> (8 * k));
            }
        }
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void clipInF32() throws Exception {
        Said said = run(clipCache(2), "--works", "image-2,text-full,labels-1");
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("of peak | difference |"), said.output);
        assertTrue(said.output.contains("| labels-1 |"), said.output);
        assertFalse(said.output.contains("--precisions"), said.output);
    }

    @Test
    void clipInEveryPrecision() throws Exception {
        Said said = run(clipCache(1), "--works", "image-2,text-usual", "--precisions", "f32,BF16,int16,int8");
        assertEquals(0, said.status, said.errors);
        List<Precision> had = Backends.precisions(Backends.DEFAULT);
        long rows = said.output
                .lines()
                .filter(row -> row.startsWith("| image-2 | Fovea"))
                .count();
        assertEquals(had.size(), rows, said.output);
        assertTrue(
                said.output.lines().anyMatch(row -> row.matches("\\| image-2 \\| Fovea .*\\|  \\| 1\\.00 \\| .*")),
                said.output);
        boolean leavesOut = Arrays.stream(Precision.values()).anyMatch(precision -> !had.contains(precision));
        assertEquals(leavesOut, said.output.contains("Fovea takes no part in "), said.output);
    }

    @Test
    void answersOfOthersAreNotTimed() throws Exception {
        Said said = run(clipCache(-1), "--works", "image-1", "--precisions", "f32");
        assertEquals(1, said.status, said.output);
        assertTrue(said.errors.startsWith("side-by-side: Fovea: image-1: the result differs by "), said.errors);
    }

    @Test
    void generatorsInEveryPrecision() throws Exception {
        Path model = Models.folder("blip-mini/captioner", LoadOptions.DEFAULTS);
        Path folder = Files.createDirectories(cache.resolve(model.getFileName()));
        try (BlipCaptioner blip = BlipCaptioner.load(model)) {
            int size = blip.preprocessing().width();
            float[] planes = noise(3 * size * size);
            float[] tower = blip.imageTokens(Pixels.of(PeerInputs.channelsLast(planes, 1, size), 1, size, size));
            int width = BlipConfig.load(model).vision().transformer().hiddenSize();
            new SafetensorsWriter()
                    .add(WeightData.of("pixels", Shape.of(1, 3, size, size), planes))
                    .write(folder.resolve("inputs.safetensors"));
            new SafetensorsWriter()
                    .add(WeightData.of("tower", Shape.of(1, tower.length / width, width), tower))
                    .write(folder.resolve("answers.safetensors"));
        }
        Said said = run(model, "--works", "tower-1,generate-3", "--precisions", "f32,int16,int8");
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("| tower-1 | Fovea"), said.output);
        assertTrue(said.output.contains("| generate-3 | Fovea"), said.output);
        Said plain = run(model, "--works", "tower-1");
        assertTrue(plain.output.contains("Fovea INT8 weights |"), plain.output + plain.errors);
    }
}
