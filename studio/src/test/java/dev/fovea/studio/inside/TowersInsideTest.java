package dev.fovea.studio.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Picture towers without a class token, without texts and without layers of tokens. */
class TowersInsideTest {

    private static final Path CASES = Path.of("../models/src/test/resources/dev/fovea/models");
    private static final Picture PICTURE = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));

    @TempDir
    private Path folder;

    private static FloatBuffer recorded(String name) throws IOException {
        byte[] bytes = TowersInsideTest.class.getResourceAsStream(name).readAllBytes();
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    private static void assertRow(FloatBuffer recorded, float[] row, String what) {
        float[] expected = new float[row.length];
        recorded.get(expected);
        assertArrayEquals(expected, row, 1e-5f, what);
    }

    private static float[] unit(int length, long seed) {
        Random random = new Random(seed);
        float[] text = new float[length];
        double sum = 0;
        for (int i = 0; i < length; i++) {
            text[i] = (float) random.nextGaussian();
            sum += text[i] * text[i];
        }
        for (int i = 0; i < length; i++) {
            text[i] /= (float) Math.sqrt(sum);
        }
        return text;
    }

    @Test
    void siglipIsReadByItsHead() throws IOException {
        try (Clip clip = Clip.load(CASES.resolve("siglip/cases/spiece"))) {
            ClipInside inside = ClipInside.of(clip);
            PicturePass pass = inside.see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            TowerPass tower = pass.tower();
            FloatBuffer attention = recorded("attention-siglip.f32");
            for (int layer = 0; layer < 2; layer++) {
                for (int head = 0; head < 2; head++) {
                    for (int token = 0; token < 9; token++) {
                        assertRow(attention, tower.attention(layer, head, token), layer + " " + head + " " + token);
                    }
                }
            }
            for (float[] row : pass.reading()) {
                assertRow(attention, row, "the head");
            }
            assertEquals(0, attention.remaining());
            assertEquals("probe", inside.readBy());
            assertEquals(2, tower.lastWhole());
            float[] text = clip.embed("a frog");
            Contributions parts = Contributions.of(pass, text);
            assertEquals(parts.cosine(), parts.sum(), 1e-5);
            assertEquals(
                    clip.score(pass.embedding(), List.of(""), List.of(text)).size(), 1);
            double heads = parts.head(0, 0) + parts.head(0, 1);
            double patches = 0;
            for (float share : parts.map()) {
                patches += share;
            }
            assertEquals(heads, patches, 1e-6);
            double ofLayers = parts.terms().stream()
                    .filter(term -> !term.name().equals("bias") && !term.name().equals("pooled mlp"))
                    .mapToDouble(Contributions.Term::value)
                    .sum();
            assertEquals(heads, ofLayers, 1e-5);
            assertEquals(parts.cosine(), LogitLens.of(pass, List.of(text))[2][0], 1e-5);
            requireGradient(pass, text);
            assertEquals(1, sum(Rollout.of(pass)), 1e-5);
            TowerPass read = inside.read("a frog");
            assertEquals(16, read.tokens());
            assertEquals(1, sum(read.attention(1, 1, 15)), 1e-5);
            assertThrows(ModelException.class, () -> ClipSurgery.map(pass, List.of(text), 0, text));
            assertThrows(ModelException.class, () -> GradCam.map(pass, text));
        }
    }

    /** Small changes of the heads' output, carried through what follows. */
    private static void requireGradient(PicturePass pass, float[] text) {
        EmbeddingReader reader = pass.reader();
        double[] mixed = new double[reader.width()];
        for (int head = 0; head < reader.heads(); head++) {
            float[] row = reader.attention(head);
            for (int token = 0; token < row.length; token++) {
                double[] value = reader.value(token);
                int size = mixed.length / reader.heads();
                for (int i = head * size; i < (head + 1) * size; i++) {
                    mixed[i] += row[token] * value[i];
                }
            }
        }
        double[] gradient = reader.gradient(text);
        for (int channel = 0; channel < mixed.length; channel += 3) {
            double step = 1e-4;
            mixed[channel] += step;
            double above = cosine(reader, mixed, text);
            mixed[channel] -= 2 * step;
            double below = cosine(reader, mixed, text);
            mixed[channel] += step;
            assertEquals((above - below) / (2 * step), gradient[channel], 1e-5, "channel " + channel);
        }
    }

    private static double cosine(EmbeddingReader reader, double[] mixed, float[] text) {
        return LinearAlgebra.cosine(reader.embeddingOf(reader.projected(mixed)), Readout.slice(text));
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    @Test
    void dinov2HasRegistersAndNoTexts() throws IOException {
        try (Clip clip = Clip.load(CASES.resolve("dinov2/registers"))) {
            ClipInside inside = ClipInside.of(clip);
            PicturePass pass = inside.see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            TowerPass tower = pass.tower();
            assertEquals(List.of("class token", "register 1", "register 2", "register 3"), tower.tokensBefore());
            assertEquals(16, pass.patches());
            FloatBuffer attention = recorded("attention-dinov2.f32");
            float[] expected = new float[20];
            for (int layer = 0; layer < 3; layer++) {
                for (int head = 0; head < 2; head++) {
                    for (int token = 0; token < 20; token++) {
                        attention.get(expected);
                        if (tower.computes(layer, token)) {
                            assertArrayEquals(expected, tower.attention(layer, head, token), 1e-5f, "layer " + layer);
                        }
                    }
                }
            }
            assertEquals(16 * 3, PatchColours.of(pass, 2).length);
            assertEquals(1, PatchTokens.similarity(pass, 2, 5)[5], 1e-6);
            assertFalse(inside.comparesTexts());
            requireShuffled(inside, pass, 3);
            PicturePass shuffled = inside.shuffled(1, 1).see(PICTURE);
            assertArrayEquals(tower.state(2, 7), shuffled.tower().state(2, 7));
            String refused = assertThrows(ModelException.class, () -> Contributions.of(pass, unit(20, 1)))
                    .getMessage();
            assertTrue(refused.contains("reads no texts, so there is no cosine to explain"), refused);
        }
    }

    /** Reads the rows of all heads and tokens of all layers, and compares those that the model computes. */
    private static void assertRows(FloatBuffer attention, TowerPass tower) {
        for (int layer = 0; layer < tower.layers(); layer++) {
            for (int head = 0; head < tower.heads(); head++) {
                for (int token = 0; token < tower.tokens(); token++) {
                    String at = "layer " + layer + ", head " + head + ", token " + token;
                    if (tower.computes(layer, token)) {
                        assertRow(attention, tower.attention(layer, head, token), at);
                    } else {
                        attention.position(attention.position() + tower.tokens());
                    }
                }
            }
        }
    }

    @Test
    void dinov3TurnsQueriesAndKeysByTheirPositions() throws IOException {
        FloatBuffer attention = recorded("attention-dinov3.f32");
        for (String name : List.of("vit", "gated")) {
            try (Clip clip = Clip.load(CASES.resolve("dinov3/" + name))) {
                ClipInside inside = ClipInside.of(clip);
                PicturePass pass = inside.see(PICTURE);
                assertArrayEquals(clip.embed(PICTURE), pass.embedding());
                int registers = name.equals("vit") ? 3 : 0;
                assertEquals(1 + registers, pass.tower().tokensBefore().size());
                assertRows(attention, pass.tower());
                assertEquals(1, sum(Rollout.of(pass)), 1e-5);
                assertEquals(16 * 3, PatchColours.of(pass, 2).length);
                requireShuffled(inside, pass, 3);
                assertThrows(ModelException.class, () -> MaskClip.map(pass, unit(24, 1)));
            }
        }
        assertEquals(0, attention.remaining());
    }

    @Test
    void aConvNextHasCellsAndNoAttention() {
        try (Clip clip = Clip.load(CASES.resolve("dinov3/convnext"))) {
            ClipInside inside = ClipInside.of(clip);
            PicturePass pass = inside.see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            assertEquals(1, pass.patches());
            assertEquals(1, pass.tower().tokens());
            assertEquals(0, pass.tower().layers());
            assertEquals(24, pass.tower().state(0, 0).length);
            assertEquals("mean of the map", inside.readBy());
            String refused = assertThrows(ModelException.class, pass::reading).getMessage();
            assertTrue(refused.contains("convolutions in the place of attention"), refused);
            assertThrows(ModelException.class, () -> inside.shuffled(1, 1));
            assertThrows(ModelException.class, () -> Contributions.of(pass, unit(24, 1)));
        }
    }

    @Test
    void altClipIsWrittenInItsOwnWay() throws IOException {
        try (Clip clip = Clip.load(CASES.resolve("clip/multilingual-cases/alt"))) {
            ClipInside inside = ClipInside.of(clip);
            PicturePass pass = inside.see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            FloatBuffer attention = recorded("attention-altclip.f32");
            assertRows(attention, pass.tower());
            TowerPass read = inside.read("a frog");
            assertEquals(0, read.pooledToken());
            assertRows(attention, read);
            assertEquals(0, attention.remaining());
            float[] text = clip.embed("a frog");
            Contributions parts = Contributions.of(pass, text);
            assertEquals(parts.cosine(), parts.sum(), 1e-5);
            assertEquals(parts.cosine(), LogitLens.of(pass, List.of(text))[2][0], 1e-5);
            assertEquals(9, ClipSurgery.map(pass, List.of(text), 0, unit(text.length, 3)).length);
            requireShuffled(inside, pass, 2);
        }
    }

    @Test
    void naFlexHasPatchesOfAnyAspectRatio() throws IOException {
        Path naFlex = CASES.resolve("siglip/naflex");
        try (Clip clip = Clip.load(naFlex)) {
            ClipInside inside = ClipInside.of(clip);
            FloatBuffer attention = recorded("attention-naflex.f32");
            for (String name : List.of("0.png", "5.png")) {
                Picture picture = Picture.read(naFlex.resolve(name));
                PicturePass pass = inside.see(picture);
                assertArrayEquals(clip.embed(picture), pass.embedding());
                assertEquals(pass.patches(), pass.tower().tokens(), name);
                assertTrue(
                        name.equals("0.png")
                                ? pass.patchColumns() > pass.patchRows()
                                : pass.patchRows() >= 5 * pass.patchColumns(),
                        pass.patchRows() + " x " + pass.patchColumns());
                assertRows(attention, pass.tower());
                for (float[] row : pass.reading()) {
                    assertRow(attention, row, "the head");
                }
                float[] text = clip.embed("a cat");
                Contributions parts = Contributions.of(pass, text);
                assertEquals(parts.cosine(), parts.sum(), 1e-5);
                assertEquals(pass.patches(), Occlusion.map(pass, text, 1, 1, done -> {}).length);
            }
            assertEquals(0, attention.remaining());
        }
    }

    @Test
    void aMobileClipIsReadByAPlainMean() throws IOException {
        FloatBuffer attention = recorded("attention-fastvit.f32");
        for (String name : List.of("small", "layer-norm")) {
            int side = name.equals("small") ? 64 : 128;
            try (Clip clip = Clip.load(completed(CASES.resolve("clip/mobileclip-cases/" + name), side))) {
                ClipInside inside = ClipInside.of(clip);
                PicturePass pass = inside.see(PICTURE);
                assertArrayEquals(clip.embed(PICTURE), pass.embedding());
                assertEquals(4, pass.patches());
                assertRows(attention, pass.tower());
                float[] text = unit(16, 5);
                Contributions parts = Contributions.of(pass, text);
                assertEquals(parts.cosine(), parts.sum(), 1e-5);
                assertEquals(
                        List.of("cells", "bias"),
                        parts.terms().stream().map(Contributions.Term::name).toList());
                requireGradient(pass, text);
                requireGradientOfMean(pass, text);
                assertEquals(4, GradCam.map(pass, text).length);
                assertEquals(4, MaskClip.map(pass, text).length);
                assertEquals(1, sum(Rollout.of(pass)), 1e-5);
                assertEquals(1, sum(pass.reading()[0]), 1e-5);
                String refused = assertThrows(ModelException.class, () -> GradEclip.map(pass, text))
                        .getMessage();
                assertTrue(refused.contains("a plain mean, which asks nothing"), refused);
                assertThrows(ModelException.class, () -> LogitLens.of(pass, List.of(text)));
                assertThrows(ModelException.class, () -> inside.shuffled(1, 1));
                for (Path file : Files.list(folder).toList()) {
                    Files.delete(file);
                }
            }
        }
        assertEquals(0, attention.remaining());
    }

    /** The mean and the projection written out for other cells, against the gradient. */
    private static void requireGradientOfMean(PicturePass pass, float[] text) {
        CellReader reader = (CellReader) pass.reader();
        double[][] gradients = reader.gradientOfCells(text);
        double step = 1e-4;
        for (int channel = 0; channel < reader.width(); channel += 5) {
            double[] mean = new double[reader.width()];
            for (int cell = 0; cell < pass.patches(); cell++) {
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += reader.cell(cell)[i] / pass.patches();
                }
            }
            mean[channel] += step / pass.patches();
            double above = cosine(reader, mean, text);
            mean[channel] -= 2 * step / pass.patches();
            double below = cosine(reader, mean, text);
            assertEquals((above - below) / (2 * step), gradients[1][channel], 1e-6, "channel " + channel);
        }
    }

    @Test
    void aResNetIsReadByTheMeanOfItsMap() throws IOException {
        completed(CASES.resolve("clip/resnet-cases/small"), 64);
        try (Clip clip = Clip.load(folder)) {
            PicturePass pass = ClipInside.of(clip).see(PICTURE);
            assertArrayEquals(clip.embed(PICTURE), pass.embedding());
            assertEquals(4, pass.patches());
            float[] text = unit(16, 5);
            Contributions parts = Contributions.of(pass, text);
            assertEquals(parts.cosine(), parts.sum(), 1e-5);
            requireGradient(pass, text);
            requireGradientOfCells(pass, text);
            assertEquals(4, GradCam.map(pass, text).length);
            assertEquals(4, MaskClip.map(pass, text).length);
            assertEquals(4, GradEclip.map(pass, text).length);
            assertArrayEquals(pass.ofPatches(pass.meanReading()), Rollout.map(pass), 1e-6f);
            assertThrows(ModelException.class, () -> LogitLens.of(pass, List.of(text)));
            requireShuffled(ClipInside.of(clip), pass, 6);
            PicturePass shuffled = ClipInside.of(clip).shuffled(1, 1).see(PICTURE);
            Contributions sum = Contributions.of(shuffled, text);
            assertEquals(sum.cosine(), sum.sum(), 1e-5);
            assertTrue(RankCorrelation.of(
                            pass.tower().state(0, 1), shuffled.tower().state(0, 1))
                    < 0.99);
        }
    }

    /** Adds clip-mini's tokenizer and preprocessing to a checkpoint that has none. */
    private Path completed(Path checkpoint, int side) throws IOException {
        for (Path part : List.of(checkpoint, clipMini())) {
            try (Stream<Path> files = Files.list(part)) {
                for (Path file : files.toList()) {
                    if (!Files.exists(folder.resolve(file.getFileName()))) {
                        Files.copy(file, folder.resolve(file.getFileName()));
                    }
                }
            }
        }
        String steps = Files.readString(clipMini().resolve("preprocessor_config.json"));
        Files.writeString(folder.resolve("preprocessor_config.json"), steps.replace("80", String.valueOf(side)));
        return folder;
    }

    /** The model sees something else with shuffled weights, the same each time, and as before without them. */
    private static void requireShuffled(ClipInside inside, PicturePass pass, int all) {
        assertEquals(all, inside.shuffles());
        float[] once = inside.shuffled(1, 1).see(PICTURE).embedding();
        double alike = LinearAlgebra.dot(once, 0, pass.embedding(), 0, once.length);
        assertTrue(alike < 0.99, "cosine " + alike);
        assertArrayEquals(once, inside.shuffled(1, 1).see(PICTURE).embedding());
        float[] more = inside.shuffled(all, 1).see(PICTURE).embedding();
        assertTrue(LinearAlgebra.dot(once, 0, more, 0, once.length) < 0.99);
        assertArrayEquals(pass.embedding(), inside.see(PICTURE).embedding());
        assertThrows(IllegalArgumentException.class, () -> inside.shuffled(all + 1, 1));
    }

    private static Path clipMini() {
        return Models.folder("clip-mini", LoadOptions.DEFAULTS);
    }

    /** The pooling written out for other cells, against the gradient in closed form. */
    private static void requireGradientOfCells(PicturePass pass, float[] text) {
        float[] positions = pass.inside().weight("vision_model.attnpool.positional_embedding");
        int features = pass.tower().hiddenSize();
        double[][] cells = new double[pass.patches()][features];
        for (int cell = 0; cell < cells.length; cell++) {
            float[] token = pass.tower().state(0, cell + 1);
            for (int channel = 0; channel < features; channel++) {
                cells[cell][channel] = token[channel] - positions[(cell + 1) * features + channel];
            }
        }
        double[][] gradients = ((MapReader) pass.reader()).gradientOfCells(text);
        assertEquals(
                LinearAlgebra.dot(pass.embedding(), 0, text, 0, text.length),
                pooledCosine(pass, cells, positions, text),
                1e-5);
        double step = 1e-4;
        for (int at = 0; at < cells.length * features; at += 7) {
            double[] cell = cells[at / features];
            cell[at % features] += step;
            double above = pooledCosine(pass, cells, positions, text);
            cell[at % features] -= 2 * step;
            double below = pooledCosine(pass, cells, positions, text);
            cell[at % features] += step;
            assertEquals((above - below) / (2 * step), gradients[at / features][at % features], 1e-5, "at " + at);
        }
    }

    private static double pooledCosine(PicturePass pass, double[][] cells, float[] positions, float[] text) {
        int features = pass.tower().hiddenSize();
        int heads = pass.reader().heads();
        double[][] tokens = new double[cells.length + 1][features];
        for (int channel = 0; channel < features; channel++) {
            for (int cell = 0; cell < cells.length; cell++) {
                tokens[0][channel] += cells[cell][channel] / cells.length;
                tokens[cell + 1][channel] = cells[cell][channel] + positions[(cell + 1) * features + channel];
            }
            tokens[0][channel] += positions[channel];
        }
        double[] query = layer(pass, "q_proj", tokens[0]);
        double[] mixed = new double[features];
        int size = features / heads;
        for (int head = 0; head < heads; head++) {
            double[] weights = new double[tokens.length];
            for (int token = 0; token < tokens.length; token++) {
                weights[token] =
                        pass.reader().dotHead(query, layer(pass, "k_proj", tokens[token]), head) / Math.sqrt(size);
            }
            LinearAlgebra.softmax(weights);
            for (int token = 0; token < tokens.length; token++) {
                double[] value = layer(pass, "v_proj", tokens[token]);
                for (int i = head * size; i < (head + 1) * size; i++) {
                    mixed[i] += weights[token] * value[i];
                }
            }
        }
        return LinearAlgebra.cosine(layer(pass, "c_proj", mixed), Readout.slice(text));
    }

    private static double[] layer(PicturePass pass, String name, double[] x) {
        double[] y = LinearAlgebra.multiply(pass.inside().weight("vision_model.attnpool." + name + ".weight"), x);
        LinearAlgebra.add(y, pass.inside().weight("vision_model.attnpool." + name + ".bias"));
        return y;
    }

    @Test
    void shuffledWeightsAreTheSameNumbersElsewhere() {
        try (Clip clip = Clip.load("clip-mini")) {
            ClipInside inside = ClipInside.of(clip);
            PicturePass pass = inside.see(PICTURE);
            PicturePass other = inside.shuffled(1, 1).see(PICTURE);
            float[] text = clip.embed("a frog");
            assertArrayEquals(pass.tower().state(5, 3), other.tower().state(5, 3));
            assertTrue(
                    RankCorrelation.of(pass.tower().state(6, 0), other.tower().state(6, 0)) < 0.9);
            Contributions parts = Contributions.of(other, text);
            assertEquals(parts.cosine(), parts.sum(), 1e-5, "weights and what was computed with them are the same");
            assertArrayEquals(
                    other.embedding(), inside.shuffled(1, 1).see(PICTURE).embedding());
            assertArrayEquals(clip.embed(PICTURE), pass.embedding(), "the model itself is as before");
            float[] whole = inside.weight("vision_model.encoder.layers.5.mlp.fc1.weight");
            float[] shuffled = other.inside().weight("vision_model.encoder.layers.5.mlp.fc1.weight");
            assertEquals(sum(whole), sum(shuffled), 1e-2);
            assertArrayEquals(
                    inside.weight("vision_model.encoder.layers.4.mlp.fc1.weight"),
                    other.inside().weight("vision_model.encoder.layers.4.mlp.fc1.weight"));
            assertThrows(IllegalArgumentException.class, () -> inside.shuffled(7, 1));
        }
    }

    /** With all labels the maps tell them from each other; with one, the empty text is taken off. */
    @Test
    void surgeryTakesOffWhatTextsShare() {
        try (Clip clip = Clip.load("clip-mini")) {
            PicturePass pass = ClipInside.of(clip).see(PICTURE);
            float[] frog = clip.embed("a frog");
            float[] empty = clip.embed("");
            float[] same = ClipSurgery.map(pass, List.of(frog, frog), 0, empty);
            assertArrayEquals(new float[64], same, 1e-6f);
            float[] none = ClipSurgery.map(pass, List.of(empty), 0, empty);
            assertArrayEquals(new float[64], none, 1e-6f);
            float[] one = ClipSurgery.map(pass, List.of(frog), 0, empty);
            assertTrue(Math.abs(RankCorrelation.of(one, MaskClip.map(pass, frog))) < 1);
        }
    }

    @Test
    void ranksThatAreSharedAreTheirMean() {
        assertEquals(1, RankCorrelation.of(new float[] {1, 2, 9}, new float[] {0, 4, 5}), 1e-12);
        assertEquals(-1, RankCorrelation.of(new float[] {1, 2, 9}, new float[] {3, 2, 1}), 1e-12);
        // Ranks 0.5 0.5 2 and 0 1 2: covariance 1.5, variances 1.5 and 2.
        assertEquals(1.5 / Math.sqrt(3), RankCorrelation.of(new float[] {1, 1, 9}, new float[] {0, 4, 5}), 1e-12);
    }
}
