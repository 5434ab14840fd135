package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.models.Vectors.Neighbour;
import java.util.List;
import org.junit.jupiter.api.Test;

class VectorsTest {

    @Test
    void cosinesNeedNoUnitLength() {
        assertEquals(1, Vectors.cosine(new float[] {3, 4}, new float[] {6, 8}), 1e-6);
        assertEquals(-1, Vectors.cosine(new float[] {3, 4}, new float[] {-3, -4}), 1e-6);
        assertEquals(0, Vectors.cosine(new float[] {3, 4}, new float[2]));
        assertEquals(1, Vectors.cosine(new float[] {1e30f, 1e30f}, new float[] {1e30f, 1e30f}), 1e-6);
        assertThrows(IllegalArgumentException.class, () -> Vectors.cosine(new float[2], new float[3]));
    }

    @Test
    void theNearestComeFirstAndEqualOnesInTheirOrder() {
        List<float[]> vectors =
                List.of(new float[] {0, 1}, new float[] {1, 1}, new float[] {2, 0}, new float[] {1, 0}, new float[2]);
        float[] query = {1, 0};
        assertEquals(
                List.of(2, 3, 1),
                Vectors.nearest(query, vectors, 3).stream()
                        .map(Neighbour::index)
                        .toList());
        assertEquals(5, Vectors.nearest(query, vectors, 100).size());
        assertEquals(List.of(), Vectors.nearest(query, List.of(), 3));
        assertThrows(IllegalArgumentException.class, () -> Vectors.nearest(query, vectors, 0));
    }
}
