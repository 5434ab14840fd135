package dev.fovea.models.florence.network;

import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;

/**
 * Lists a map's windows as row indices. Windows may reach over the right and lower edges; the reference pads the map
 * with zeros, whose keys and values are the biases of their projections, and which take part in attention. All padding
 * is one row after the map's rows.
 *
 * @param queries the rows of every window's pixels inside the map
 * @param keys the rows of all of its pixels, the padding's included
 * @param whole whether no window reaches over an edge
 */
record Windows(Segments queries, Segments keys, boolean whole) {

    static Windows of(Grid map, int size) {
        int down = (map.height() + size - 1) / size;
        int across = (map.width() + size - 1) / size;
        boolean whole = map.height() % size == 0 && map.width() % size == 0;
        int count = map.images() * down * across;
        int[] queryRows = new int[map.rows()];
        int[] queryOffsets = new int[count + 1];
        int[] keyRows = whole ? queryRows : new int[Math.multiplyExact(count, size * size)];
        int[] keyOffsets = new int[count + 1];
        int query = 0;
        int key = 0;
        for (int window = 0; window < count; window++) {
            int image = window / (down * across);
            int top = window / across % down * size;
            int left = window % across * size;
            for (int y = top; y < top + size; y++) {
                for (int x = left; x < left + size; x++) {
                    boolean inside = y < map.height() && x < map.width();
                    int row = inside ? (image * map.height() + y) * map.width() + x : map.rows();
                    if (inside) {
                        queryRows[query++] = row;
                    }
                    if (!whole) {
                        keyRows[key++] = row;
                    }
                }
            }
            queryOffsets[window + 1] = query;
            keyOffsets[window + 1] = key;
        }
        Segments queries = Segments.mapped(queryOffsets, queryRows);
        return new Windows(queries, whole ? queries : Segments.mapped(keyOffsets, keyRows), whole);
    }
}
