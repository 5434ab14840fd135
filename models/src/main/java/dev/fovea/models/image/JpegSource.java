package dev.fovea.models.image;

/**
 * The bytes of a JPEG file as libjpeg gets them from Pillow: in pieces of 64 KiB. The pieces matter where a file ends
 * without its end marker, since libjpeg prefetches more bytes than it uses.
 */
final class JpegSource {
    /** Number of bytes that Pillow's ImageFile reads at a time. */
    private static final int PIECE_BYTES = 1 << 16;

    final byte[] file;
    /** Index of the next byte. */
    int at;
    /** End of the pieces that have been given so far. */
    int limit;
    /** A marker that has been met and waits to be acted upon, or 0. */
    int marker;

    private boolean lastPiece;
    private boolean ranOut;

    JpegSource(byte[] file) {
        this.file = file;
        limit = Math.min(PIECE_BYTES, file.length);
    }

    /** Treats the present piece as the last one, however much follows. */
    void stopAtPiece() {
        lastPiece = true;
    }

    /** Gives all pieces at once, where no pixels are made before the end is read. */
    void takeAll() {
        limit = file.length;
    }

    /** Returns whether more bytes were wanted than there are. */
    boolean ranOut() {
        return ranOut;
    }

    /** Gives the next piece. */
    void extend() throws BrokenPictureException {
        if (lastPiece || limit == file.length) {
            ranOut = true;
            throw BrokenPictureException.truncated();
        }
        limit = Math.min(file.length, limit + PIECE_BYTES);
    }

    int int8() throws BrokenPictureException {
        if (at == limit) extend();
        return file[at++] & 0xFF;
    }

    int int16() throws BrokenPictureException {
        int high = int8();
        return high << 8 | int8();
    }

    void skip(int bytes) throws BrokenPictureException {
        while (bytes > limit - at) extend();
        at += bytes;
    }

    /** Finds the next marker and leaves it in {@link #marker}; bytes before it are skipped. */
    void findMarker() throws BrokenPictureException {
        int value;
        do {
            while (int8() != 0xFF) {}
            do {
                value = int8();
            } while (value == 0xFF);
        } while (value == 0);
        marker = value;
    }

    /**
     * Reads a restart marker. Another marker in its place is skipped, taken for the expected one, or kept for later, in
     * which case the data up to it count as lost (T.81 leaves this open; jdmarker.c, jpeg_resync_to_restart).
     *
     * @param number the number that the marker should have, 0 to 7
     */
    void restart(int number) throws BrokenPictureException {
        if (marker == 0) findMarker();
        while (marker != 0xD0 + number) {
            if (marker >= 0xC0) {
                int ahead = marker - 0xD0 - number & 7;
                boolean numbered = marker >= 0xD0 && marker <= 0xD7;
                if (!numbered || ahead == 1 || ahead == 2) return;
                if (ahead != 6 && ahead != 7) break;
            }
            findMarker();
        }
        marker = 0;
    }
}
