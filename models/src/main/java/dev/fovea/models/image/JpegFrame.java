package dev.fovea.models.image;

/**
 * The content of a JPEG frame header (T.81, B.2.2), with the sizes that follow from it.
 *
 * @param coding the coding of the coefficients
 * @param width of the picture in pixels, as the file has it
 * @param height of the picture in pixels, as the file has it
 * @param reduction how many of these pixels become one across and down: 1, or in a draft 2, 4 or 8
 * @param maxAcross largest {@link JpegComponent#across}
 * @param maxDown largest {@link JpegComponent#down}
 */
record JpegFrame(
        Coding coding, int width, int height, int reduction, JpegComponent[] components, int maxAcross, int maxDown) {
    /** The number of coefficients of a block across and down. */
    private static final int BLOCK = 8;

    /** The largest side that libjpeg accepts. */
    private static final int MAX_SIDE = 65500;

    /** Codings that Pillow decodes. */
    enum Coding {
        SEQUENTIAL,
        PROGRESSIVE,
        ARITHMETIC,
        PROGRESSIVE_ARITHMETIC,
        LOSSLESS;

        boolean progressive() {
            return this == PROGRESSIVE || this == PROGRESSIVE_ARITHMETIC;
        }
    }

    /** Checks the sizes and fills in those of the components. */
    static JpegFrame of(Coding coding, int width, int height, JpegComponent[] components)
            throws BrokenPictureException {
        if (width > MAX_SIDE || height > MAX_SIDE) {
            throw new BrokenPictureException(
                    "claims " + width + " x " + height + " pixels, a JPEG has at most " + MAX_SIDE + " a side");
        }
        int maxAcross = 1;
        int maxDown = 1;
        for (JpegComponent component : components) {
            if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4) {
                throw JpegMarkers.damaged("a component of " + component.across + " x " + component.down + " samples");
            }
            maxAcross = Math.max(maxAcross, component.across);
            maxDown = Math.max(maxDown, component.down);
        }
        for (JpegComponent component : components) {
            component.widthInBlocks = ceilDiv(width * component.across, BLOCK * maxAcross);
            component.heightInBlocks = ceilDiv(height * component.down, BLOCK * maxDown);
        }
        return new JpegFrame(coding, width, height, 1, components, maxAcross, maxDown).reduced(1);
    }

    /**
     * Returns this frame for a draft, and fills in the sizes of its components. A component that has fewer samples than
     * others is reduced less, as far as it then needs no upsampling (jdmaster.c, jpeg_calc_output_dimensions).
     *
     * @param reduction 1, 2, 4 or 8
     */
    JpegFrame reduced(int reduction) {
        JpegFrame reduced = new JpegFrame(coding, width, height, reduction, components, maxAcross, maxDown);
        int least = reduced.blockSize();
        for (JpegComponent component : components) {
            int size = least;
            while (size < BLOCK
                    && maxAcross * least % (component.across * size * 2) == 0
                    && maxDown * least % (component.down * size * 2) == 0) {
                size *= 2;
            }
            component.blockSize = size;
            component.width = ceilDiv(width * component.across * size, maxAcross * BLOCK);
            component.height = ceilDiv(height * component.down * size, maxDown * BLOCK);
        }
        return reduced;
    }

    /** Returns the number of pixels across and down that a block of the largest component becomes. */
    int blockSize() {
        return BLOCK / reduction;
    }

    /** Returns the width of the decoded picture in pixels. */
    int outputWidth() {
        return ceilDiv(width, reduction);
    }

    /** Returns the height of the decoded picture in pixels. */
    int outputHeight() {
        return ceilDiv(height, reduction);
    }

    /** Returns the number of units of {@link #maxAcross} x {@link #maxDown} blocks from left to right. */
    int unitsAcross() {
        return ceilDiv(width, BLOCK * maxAcross);
    }

    /**
     * Returns the number of units from top to bottom. The components' rows of blocks that belong to one row of units
     * are a stripe.
     */
    int stripes() {
        return ceilDiv(height, BLOCK * maxDown);
    }

    private static int ceilDiv(int a, int b) {
        return (a + b - 1) / b;
    }
}
