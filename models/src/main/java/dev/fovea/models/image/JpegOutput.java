package dev.fovea.models.image;

/**
 * Collects a picture's samples stripe by stripe and makes pixels of them. Two stripes are kept, since interpolation
 * reads one row up and one row down.
 */
final class JpegOutput {
    private final JpegFrame frame;
    private final JpegComponent[] components;
    private final boolean ycc;
    private final boolean inverted;
    private final JpegKernels kernels;
    /** A row of three bytes a pixel, for pixels of four. */
    private final byte[] line;

    private final int stripes;
    private final JpegUpsampling[] upsampling;
    private final byte[][] samples;
    private final int[] strides;
    /** For each component a row at the picture's width, and the array and index at which the present row begins. */
    private final byte[][] wide;

    private final byte[][] row;
    private final int[] rowAt;
    private final byte[] pixels;
    private int rowsDone;

    JpegOutput(JpegFrame frame, JpegDecoder.Components wanted, boolean ycc, JpegKernels kernels)
            throws BrokenPictureException {
        this.frame = frame;
        // Pillow assumes that all four-component files are stored inverted, as Adobe's are.
        inverted = wanted == JpegDecoder.Components.AS_FILE && frame.components().length == 4;
        boolean repeated = wanted == JpegDecoder.Components.STORED_REPEATED;
        this.ycc = ycc;
        this.kernels = kernels;
        line = new byte[ycc && frame.components().length == 4 ? 3 * frame.outputWidth() : 0];
        components = frame.components();
        stripes = frame.stripes();
        int count = components.length;
        upsampling = new JpegUpsampling[count];
        samples = new byte[count][];
        strides = new int[count];
        wide = new byte[count][];
        row = new byte[count][];
        rowAt = new int[count];
        for (int i = 0; i < count; i++) {
            JpegComponent component = components[i];
            JpegUpsampling usual = JpegUpsampling.of(frame, component);
            upsampling[i] = repeated && usual != JpegUpsampling.NONE ? JpegUpsampling.REPEATED : usual;
            strides[i] = component.blockSize * (component.widthInBlocks + JpegKernels.SPARE_BLOCKS);
            samples[i] = new byte[strides[i] * 2 * component.blockSize * component.down + JpegKernels.MARGIN];
            if (upsampling[i] != JpegUpsampling.NONE) {
                wide[i] = new byte[component.width * pixelsPerSample(component) + 2 * JpegKernels.MARGIN];
            }
        }
        // Every row is written before the pixels are read.
        pixels = PixelArrays.take(PictureSize.bytes(frame.outputWidth(), frame.outputHeight(), count));
    }

    /** Returns the array for the samples of a component: two stripes, the even ones in the first half. */
    byte[] samples(int component) {
        return samples[component];
    }

    /** Returns the number of samples from one row to the next. */
    int stride(int component) {
        return strides[component];
    }

    /** Returns the index of a row of samples of a component in its {@link #samples}. */
    int at(int component, int y) {
        return y % (2 * components[component].blockSize * components[component].down) * strides[component];
    }

    byte[] pixels() {
        return pixels;
    }

    /** Makes the pixels that depend on the samples of a stripe, the last complete one, and those before. */
    void stripeDone(int stripe) {
        int groups = frame.blockSize() * (stripe + 1);
        if (stripe < stripes - 1) {
            // The last rows wait for those below them.
            for (JpegUpsampling each : upsampling) {
                if (each.needsContext()) groups = frame.blockSize() * (stripe + 1) - 1;
            }
        }
        int end = Math.min(frame.outputHeight(), groups * frame.maxDown());
        for (; rowsDone < end; rowsDone++) {
            for (int i = 0; i < components.length; i++) findRow(i, rowsDone);
            writeRow(rowsDone);
        }
    }

    private void findRow(int index, int y) {
        JpegComponent component = components[index];
        byte[] in = samples[index];
        byte[] out = wide[index];
        int source = y * component.down * component.blockSize / (frame.maxDown() * frame.blockSize());
        int near = at(index, source);
        row[index] = out;
        rowAt[index] = 0;
        switch (upsampling[index]) {
            case NONE -> {
                row[index] = in;
                rowAt[index] = near;
            }
            case ACROSS -> kernels.across(in, near, component.width, out);
            case DOWN -> JpegUpsampling.down(in, near, far(index, source, y), component.width, 1 + (y & 1), out);
            case BOTH -> kernels.both(in, near, far(index, source, y), component.width, out);
            case REPEATED -> JpegUpsampling.repeated(in, near, component.width, pixelsPerSample(component), out);
        }
    }

    /** Returns the number of pixels from left to right for which a sample stands. */
    private int pixelsPerSample(JpegComponent component) {
        return frame.maxAcross() * frame.blockSize() / (component.across * component.blockSize);
    }

    /**
     * Returns the neighbour of a row: even rows of pixels have it above, odd ones below; at the borders it is the row
     * itself.
     */
    private int far(int index, int source, int y) {
        int far = source + ((y & 1) == 0 ? -1 : 1);
        return at(index, Math.max(0, Math.min(components[index].height - 1, far)));
    }

    private void writeRow(int y) {
        int width = frame.outputWidth();
        int size = components.length;
        int at = y * width * size;
        if (size == 1) {
            System.arraycopy(row[0], rowAt[0], pixels, at, width);
            return;
        }
        if (ycc) {
            byte[] out = size == 3 ? pixels : line;
            int to = size == 3 ? at : 0;
            kernels.yccToRgb(row[0], rowAt[0], row[1], rowAt[1], row[2], rowAt[2], width, out, to);
            // YCbCr of inks gives their complements, which is the form that is wanted.
            if (size == 4) JpegColors.addLast(line, row[3], rowAt[3], width, pixels, at);
            return;
        }
        for (int i = 0; i < size; i++) {
            if (inverted) JpegColors.interleaveInverted(row[i], rowAt[i], width, pixels, at + i, size);
            else JpegColors.interleave(row[i], rowAt[i], width, pixels, at + i, size);
        }
    }
}
