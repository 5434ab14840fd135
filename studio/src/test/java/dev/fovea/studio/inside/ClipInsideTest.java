package dev.fovea.studio.inside;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.observe.RecordingBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The methods against their formulas, written out, on the embedded model. */
class ClipInsideTest {

    private static Clip clip;
    private static ClipInside inside;
    private static Picture picture;
    private static PicturePass pass;
    private static float[] text;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
        inside = ClipInside.of(clip);
        picture = Picture.read(Path.of("../examples/pictures/frog-and-tree.png"));
        pass = inside.see(picture);
        text = clip.embed("a frog");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    @Test
    void lookingChangesNoBit() {
        assertArrayEquals(clip.embed(picture), pass.embedding());
    }

    @Test
    void rowsOfAttentionAreThoseThatTheRecorderComputes() {
        Map<String, float[]> recorded = new HashMap<>();
        clip.observed(
                backend -> new RecordingBackend(
                        backend, name -> name.contains("probabilities"), one -> recorded.put(one.name(), one.values())),
                () -> clip.embed(picture));
        for (int layer = 0; layer < 6; layer++) {
            float[] all = recorded.get("vision_model.encoder.layers." + layer + ".attention.probabilities[0]");
            int queries = layer == 5 ? 1 : 65;
            for (int head = 0; head < 6; head++) {
                for (int query = 0; query < queries; query += 16) {
                    int from = (head * queries + query) * 65;
                    assertArrayEquals(
                            Arrays.copyOfRange(all, from, from + 65),
                            pass.tower().attention(layer, head, query),
                            1e-6f);
                }
            }
        }
        assertThrows(IllegalArgumentException.class, () -> pass.tower().attention(5, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> pass.tower().attention(6, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> pass.tower().attention(0, 6, 0));
    }

    /** Recorded by oracle/studio_attention.py from {@code output_attentions} of transformers. */
    @Test
    void rowsOfAttentionAreThoseOfTransformers() throws IOException {
        byte[] bytes = ClipInsideTest.class.getResourceAsStream("attention.f32").readAllBytes();
        FloatBuffer recorded =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        for (int query : new int[] {0, 17}) {
            for (int layer = 0; layer < (query == 0 ? 6 : 5); layer++) {
                for (int head = 0; head < 6; head++) {
                    float[] expected = new float[65];
                    recorded.get(expected);
                    assertArrayEquals(
                            expected,
                            pass.tower().attention(layer, head, query),
                            1e-5f,
                            "layer " + layer + " head " + head + " query " + query);
                }
            }
        }
        assertEquals(0, recorded.remaining());
    }

    @Test
    void contributionsAddUpToTheCosine() {
        for (String name : List.of("frog-and-tree.png", "cat.jpg", "octopus.png")) {
            PicturePass seen =
                    inside.see(Picture.read(Path.of("../examples/pictures").resolve(name)));
            for (String label : List.of("a frog", "a red car", "")) {
                Contributions parts = Contributions.of(seen, clip.embed(label));
                assertEquals(parts.cosine(), parts.sum(), 1e-5, name + " " + label);
            }
        }
    }

    @Test
    void sharesOfHeadsAndPatchesAreOneTable() {
        Contributions parts = Contributions.of(pass, text);
        double byTerm = parts.terms().stream()
                .filter(term -> term.name().equals("heads"))
                .mapToDouble(Contributions.Term::value)
                .sum();
        double byHead = 0;
        double ofClassToken = 0;
        float[] sum = new float[64];
        for (int layer = 0; layer < 6; layer++) {
            for (int head = 0; head < 6; head++) {
                byHead += parts.head(layer, head);
                float[] map = parts.map(layer, head);
                double patches = 0;
                for (int i = 0; i < 64; i++) {
                    sum[i] += map[i];
                    patches += map[i];
                }
                ofClassToken += parts.head(layer, head) - patches;
            }
        }
        assertEquals(byTerm, byHead, 1e-12);
        assertArrayEquals(sum, parts.map(), 1e-6f);
        double patches = 0;
        for (float share : parts.map()) {
            patches += share;
        }
        assertEquals(byHead, patches + ofClassToken, 1e-6);
    }

    /** By whole matrices, as the paper has it. */
    @Test
    void rolloutIsTheProductOfMatrices() {
        TowerPass tower = pass.tower();
        double[][] product = null;
        for (int layer = 0; layer < 5; layer++) {
            double[][] b = new double[65][65];
            for (int row = 0; row < 65; row++) {
                float[] mean = tower.meanAttention(layer, row);
                for (int column = 0; column < 65; column++) {
                    b[row][column] = mean[column] / 2 + (row == column ? 0.5 : 0);
                }
            }
            product = product == null ? b : times(b, product);
        }
        double[][] last = new double[1][65];
        float[] mean = tower.meanAttention(5, 0);
        for (int column = 0; column < 65; column++) {
            last[0][column] = mean[column] / 2 + (column == 0 ? 0.5 : 0);
        }
        double[] expected = times(last, product)[0];
        float[] rollout = Rollout.of(pass);
        double sum = 0;
        for (int token = 0; token < 65; token++) {
            assertEquals(expected[token], rollout[token], 1e-6);
            sum += rollout[token];
        }
        assertEquals(1, sum, 1e-5);
    }

    private static double[][] times(double[][] a, double[][] b) {
        double[][] result = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < b[0].length; j++) {
                    result[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return result;
    }

    /** Small changes of the heads' output, carried through the rest of the model. */
    @Test
    void theGradientIsThatOfFiniteDifferences() {
        double[] gradient = pass.reader().gradient(text);
        TowerPass tower = pass.tower();
        double[] x1 = Readout.slice(tower.attended(5));
        float[] out = inside.layerWeight(5, "self_attn.out_proj", ".weight");
        double step = 1e-4;
        for (int channel = 0; channel < 192; channel += 13) {
            double[] change = new double[192];
            change[channel] = step;
            double[] moved = LinearAlgebra.multiply(out, change);
            double difference = cosine(x1, moved, 1) - cosine(x1, moved, -1);
            assertEquals(difference / (2 * step), gradient[channel], 1e-6, "channel " + channel);
        }
        assertEquals(pass.inside().clip().embed(picture)[0], pass.embedding()[0]);
        assertEquals(
                LinearAlgebra.dot(pass.embedding(), 0, text, 0, text.length), cosine(x1, new double[192], 0), 1e-5);
    }

    private static double cosine(double[] x1, double[] change, int sign) {
        double[] x = x1.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] += sign * change[i];
        }
        double[] a = LinearAlgebra.multiply(
                inside.layerWeight(5, "mlp.fc1", ".weight"),
                inside.layerMlp(5).norm().apply(x));
        LinearAlgebra.add(a, inside.layerWeight(5, "mlp.fc1", ".bias"));
        for (int i = 0; i < a.length; i++) {
            a[i] = Activation.QUICK_GELU.of(a[i]);
        }
        double[] mlp = LinearAlgebra.multiply(inside.layerWeight(5, "mlp.fc2", ".weight"), a);
        LinearAlgebra.add(mlp, inside.layerWeight(5, "mlp.fc2", ".bias"));
        for (int i = 0; i < x.length; i++) {
            x[i] += mlp[i];
        }
        double[] u =
                LinearAlgebra.multiply(inside.projection(), inside.postNorm().apply(x));
        return LinearAlgebra.cosine(u, Readout.slice(text));
    }

    @Test
    void slopesOfActivations() {
        for (Activation activation : List.of(Activation.QUICK_GELU, Activation.GELU)) {
            for (double x = -4; x <= 4; x += 0.37) {
                double numeric = (activation.of(x + 1e-6) - activation.of(x - 1e-6)) / 2e-6;
                assertEquals(numeric, MlpWeights.slope(activation, x), 1e-8);
            }
        }
    }

    /** The last layer's head is the model's own, so its cosine is the answer. */
    @Test
    void theLensEndsWithTheAnswer() {
        double[][] cosines = LogitLens.of(pass, List.of(text));
        assertEquals(LinearAlgebra.dot(pass.embedding(), 0, text, 0, text.length), cosines[6][0], 1e-5);
    }

    @Test
    void directionsOfColoursAreEigenvectors() {
        double[][] rows = new double[40][9];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < 9; j++) {
                rows[i][j] = Math.sin(1 + i * 7.3 + j * j * 1.7) * (9 - j);
            }
        }
        double[][] directions = PatchColours.directions(rows);
        double previous = Double.POSITIVE_INFINITY;
        for (double[] v : directions) {
            double[] image = new double[9];
            for (double[] row : rows) {
                double factor = LinearAlgebra.dot(row, v);
                for (int j = 0; j < 9; j++) {
                    image[j] += factor * row[j];
                }
            }
            double value = LinearAlgebra.dot(v, image);
            assertTrue(value <= previous);
            previous = value;
            for (int j = 0; j < 9; j++) {
                assertEquals(value * v[j], image[j], 1e-6 * value);
            }
        }
        assertEquals(0, LinearAlgebra.dot(directions[0], directions[1]), 1e-9);
        float[] colours = PatchColours.of(pass, 5);
        for (float colour : colours) {
            assertTrue(colour >= 0 && colour <= 1);
        }
    }

    @Test
    void coveringNothingChangesNothingAndAllLeavesGrey() {
        CoverCurves curves = CoverCurves.of(pass, text, Rollout.map(pass), 2, done -> {});
        double whole = LinearAlgebra.dot(pass.embedding(), 0, text, 0, text.length);
        assertEquals(whole, curves.deletion()[0], 1e-6);
        assertEquals(whole, curves.insertion()[2], 1e-6);
        assertEquals(curves.deletion()[2], curves.insertion()[0], 1e-6);
        float[] grey = clip.embedPixels(new float[80 * 80 * 3], 1, 80, 80).getFirst();
        assertEquals(LinearAlgebra.dot(grey, 0, text, 0, text.length), curves.insertion()[0], 1e-6);
        float[] one = Occlusion.map(pass, text, 8, 8, done -> {});
        assertEquals(whole - curves.insertion()[0], one[0], 1e-6);
        assertThrows(IllegalArgumentException.class, () -> Occlusion.map(pass, text, 9, 1, done -> {}));
    }

    @Test
    void aPatchIsAPartOfThePixels() {
        float[] patch = pass.patch(9); // second row, second column
        float[] pixels = pass.pixels();
        assertEquals(pixels[(10 * 80 + 10) * 3], patch[0]);
        assertEquals(pixels[(19 * 80 + 19) * 3 + 2], patch[299]);
    }

    @Test
    void textsAreCausal() {
        TowerPass read = inside.read("a frog");
        assertEquals(clip.encode("a frog").length, read.tokens());
        assertEquals(read.tokens() - 1, read.pooledToken());
        float[] row = read.attention(0, 0, 1);
        assertEquals(0, row[2]);
        assertEquals(1, row[0] + row[1], 1e-6);
    }
}
