package dev.fovea.models.image;

/**
 * The content of a JPEG frame header (T.81, B.2.2), with the sizes that follow from it.
 *
 * @param coding the coding of the coefficients
 * @param maxAcross largest {@link JpegComponent#across}
 * @param maxDown largest {@link JpegComponent#down}
 */
record JpegFrame(Coding coding, int width, int height, JpegComponent[] components, int maxAcross, int maxDown) {
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
            component.width = ceilDiv(width * component.across, maxAcross);
            component.height = ceilDiv(height * component.down, maxDown);
            component.widthInBlocks = ceilDiv(width * component.across, 8 * maxAcross);
            component.heightInBlocks = ceilDiv(height * component.down, 8 * maxDown);
        }
        return new JpegFrame(coding, width, height, components, maxAcross, maxDown);
    }

    /** Returns the number of units of {@link #maxAcross} x {@link #maxDown} blocks from left to right. */
    int unitsAcross() {
        return ceilDiv(width, 8 * maxAcross);
    }

    /**
     * Returns the number of units from top to bottom. The components' rows of blocks that belong to one row of units
     * are a stripe.
     */
    int stripes() {
        return ceilDiv(height, 8 * maxDown);
    }

    private static int ceilDiv(int a, int b) {
        return (a + b - 1) / b;
    }
}
