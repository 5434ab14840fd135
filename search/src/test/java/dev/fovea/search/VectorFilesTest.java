package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.files.NpyHeader;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder as clip-retrieval writes it: matrices of 16-bit floats, beside lines. */
class VectorFilesTest {

    @TempDir
    Path folder;

    private Path matrices;
    private Path metadata;

    @BeforeEach
    void write() throws IOException {
        matrices = Files.createDirectories(folder.resolve("img_emb"));
        metadata = Files.createDirectories(folder.resolve("metadata"));
        halves("img_emb_0.npy", "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }", 1, 0, 0, 0, 0.5f, 0);
        halves("img_emb_1.npy", "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 3), }", 0, 0, -2);
        Files.writeString(metadata.resolve("metadata_0.jsonl"), """
                {"image_path": "a.jpg", "caption": "a cat", "tags": ["x", "y"]}
                {"image_path": "/far/b.jpg", "caption": null, "similarity": 0.5}
                """);
        Files.writeString(metadata.resolve("metadata_1.jsonl"), "{\"image_path\": \"c.jpg\"}\n");
    }

    private void halves(String name, String header, float... numbers) throws IOException {
        byte[] text = (header + "\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(12 + text.length + 2 * numbers.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}) // version 2: four bytes of length
                .putInt(text.length)
                .put(text);
        for (float number : numbers) {
            file.putShort(Float.floatToFloat16(number));
        }
        Files.write(matrices.resolve(name), file.array());
    }

    private void assertLine(String expected) {
        String message = assertThrows(
                        FoveaException.class,
                        () -> VectorFiles.open(folder).iterator().forEachRemaining(photo -> {}))
                .getMessage();
        assertTrue(message.contains(expected), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void rowsAndLinesAreReadTogether() {
        VectorFiles files = VectorFiles.open(folder);
        assertEquals(3, files.dimension());
        assertEquals(3, files.size());
        List<EmbeddedPhoto> photos = new ArrayList<>();
        files.forEach(photos::add);
        assertEquals(
                List.of(folder.resolve("a.jpg"), Path.of("/far/b.jpg").toAbsolutePath(), folder.resolve("c.jpg")),
                photos.stream().map(photo -> photo.file().toAbsolutePath()).toList());
        assertArrayEquals(new float[] {1, 0, 0}, photos.get(0).vector());
        assertArrayEquals(new float[] {0, 0.5f, 0}, photos.get(1).vector());
        assertArrayEquals(new float[] {0, 0, -2}, photos.get(2).vector());
        assertEquals(List.of("x", "y"), photos.getFirst().fields().get("tags"));
        assertEquals(List.of("0.5"), photos.get(1).fields().get("similarity"));
        assertEquals(1, photos.get(1).fields().size(), photos.get(1).fields().toString());
    }

    @Test
    void filesThatDoNotFitEachOtherAreOneLine() throws IOException {
        Files.writeString(metadata.resolve("metadata_1.jsonl"), "{\"image\": \"c.jpg\"}\n{\"image\": \"d.jpg\"}\n");
        assertLine("has 2 lines, ");
        Files.writeString(metadata.resolve("metadata_1.jsonl"), "{\"caption\": \"c.jpg\"}\n");
        assertLine("metadata_1.jsonl, line 1: names no picture");
        Files.writeString(metadata.resolve("metadata_1.jsonl"), "{\"image\": \n");
        assertLine("metadata_1.jsonl, line 1");
        Files.move(metadata.resolve("metadata_1.jsonl"), metadata.resolve("metadata_1.parquet"));
        assertLine("make it of metadata_1.parquet: pandas.read_parquet");
        Files.delete(metadata.resolve("metadata_1.parquet"));
        assertLine("it has a line for each row of img_emb_1.npy");
        Files.writeString(metadata.resolve("metadata_1.jsonl"), "{\"image\": \"c.jpg\"}\n");
        halves("img_emb_1.npy", "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }", 0, 0);
        assertLine("has vectors of 2 numbers");
    }

    @Test
    void whatIsNoMatrixOfFloatsIsOneLine() throws IOException {
        Path last = matrices.resolve("img_emb_1.npy");
        for (String header : List.of(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }",
                "{'descr': '<f2', 'fortran_order': True, 'shape': (1, 3), }",
                "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }")) {
            halves("img_emb_1.npy", header, 0, 0, 0);
            assertLine("expected a matrix of 32-bit or 16-bit floats");
        }
        Files.write(last, NpyHeader.of(1, 3));
        assertLine("has 128 bytes, expected 140 for 1 rows of 3");
        Files.writeString(last, "PK");
        assertLine("is no .npy file");
        Files.delete(last);
        Files.delete(matrices.resolve("img_emb_0.npy"));
        assertLine("holds neither vectors.npy nor img_emb/*.npy");
    }
}
