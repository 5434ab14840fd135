package dev.fovea.models.image;

import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** What reads JPEG with ImageIO. */
final class ImageIoDecoder {
    static {
        // A decoder is no reason to start a window system or to write temporary files.
        if (System.getProperty("java.awt.headless") == null) System.setProperty("java.awt.headless", "true");
        ImageIO.setUseCache(false);
    }

    private ImageIoDecoder() {}

    /** The reader of a format, the JDK's own if it has one; a new one for each picture, since they are not safe to share. */
    private static ImageReader reader(String format) throws BrokenPictureException {
        ImageReader found = null;
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (found == null || reader.getClass().getModule().getName() != null) found = reader;
        }
        if (found == null) {
            throw new BrokenPictureException(
                    "is " + format + ", for which this Java has no decoder; save it as PNG or JPEG");
        }
        return found;
    }

    /** Bytes in memory as a stream. */
    private static final class BytesInputStream extends javax.imageio.stream.ImageInputStreamImpl implements ImageInputStream {
        private final byte[] bytes;

        BytesInputStream(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            bitOffset = 0;
            if (streamPos >= bytes.length) return -1;
            return bytes[(int) streamPos++] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            bitOffset = 0;
            if (length == 0) return 0;
            if (streamPos >= bytes.length) return -1;
            int count = (int) Math.min(length, bytes.length - streamPos);
            System.arraycopy(bytes, (int) streamPos, into, offset, count);
            streamPos += count;
            return count;
        }

        @Override
        public long length() {
            return bytes.length;
        }
    }
}
