package dev.fovea.models.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** The formats that ImageIO decodes as we need them: BMP and TIFF. */
final class ImageIoDecoder {
    static {
        // A decoder is no reason to start a window system or to write temporary files.
        if (System.getProperty("java.awt.headless") == null) System.setProperty("java.awt.headless", "true");
        ImageIO.setUseCache(false);
    }

    private ImageIoDecoder() {}

    /** The first picture of the file. */
    static Picture decode(PictureFormat format, byte[] file) throws IOException {
        if (format == PictureFormat.BMP) checkBmpSize(file);
        ImageReader reader = reader(format.toString());
        BytesInputStream stream = new BytesInputStream(file);
        try {
            reader.setInput(stream, true, true);
            BrokenPictureException.checkSize(reader.getWidth(0), reader.getHeight(0));
            BufferedImage image = reader.read(0);
            Picture picture = Rasters.picture(image);
            // The JDK scales a TIFF's 16-bit palette, Pillow takes the high bytes.
            byte[] palette = format == PictureFormat.TIFF && picture.mode() == PictureMode.PALETTE
                    ? new TiffDirectory(file, 0, file.length).palette()
                    : null;
            return palette == null ? picture : picture.withPalette(palette);
        } finally {
            reader.dispose();
        }
    }

    /** The JDK's reader decides by itself that a huge size is wrong, in words that help nobody. */
    private static void checkBmpSize(byte[] file) throws BrokenPictureException {
        if (file.length < 26) throw BrokenPictureException.truncated();
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        boolean old = header.getInt(14) == 12;
        long width = old ? header.getShort(18) & 0xFFFF : header.getInt(18);
        long height = old ? header.getShort(20) & 0xFFFF : Math.abs((long) header.getInt(22));
        BrokenPictureException.checkSize(width, height);
    }

    /** The reader of a format, the JDK's own if it has one; a new one for each picture, since they are not safe to share. */
    static ImageReader reader(String format) throws BrokenPictureException {
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

    /** Bytes in memory as a stream that remembers whether someone wanted more of them than there are. */
    static final class BytesInputStream extends javax.imageio.stream.ImageInputStreamImpl implements ImageInputStream {
        private final byte[] bytes;
        private boolean endMissed;

        BytesInputStream(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean endWasMissed() {
            return endMissed;
        }

        @Override
        public int read() {
            bitOffset = 0;
            if (streamPos >= bytes.length) {
                endMissed = true;
                return -1;
            }
            return bytes[(int) streamPos++] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            bitOffset = 0;
            if (length == 0) return 0;
            if (streamPos >= bytes.length) {
                endMissed = true;
                return -1;
            }
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
