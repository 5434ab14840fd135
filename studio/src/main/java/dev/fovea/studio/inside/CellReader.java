package dev.fovea.studio.inside;

/** Reads the last map of a convolutional tower, of which nothing but the pooling lies behind. */
abstract class CellReader extends EmbeddingReader {

    /**
     * Returns a cell of the map: its channels.
     *
     * @param cell in reading order, from 0 on
     */
    abstract double[] cell(int cell);

    /**
     * Returns the gradient of the cosine with a text at every cell of the last map.
     *
     * @param text a vector of unit length
     * @return {@code [cells][features]}
     */
    abstract double[][] gradientOfCells(float[] text);
}
