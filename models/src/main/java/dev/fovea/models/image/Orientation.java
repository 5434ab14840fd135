package dev.fovea.models.image;

/**
 * The EXIF orientation: how a camera was held. 1 upright, 2 mirrored, 3 upside down, 4 mirrored top to bottom, 5 to 8 on its side
 * (EXIF 2.32, tag 0x0112).
 */
final class Orientation {
    private static final int TAG = 0x0112;

    private Orientation() {}

    /** The orientation that a file asks for, 1 if it does not. */
    static int of(PictureFormat format, byte[] file) {
        return switch (format) {
            case JPEG -> ofJpeg(file);
            case PNG -> ofPng(file);
            case WEBP -> ofWebp(file);
            case TIFF -> ofTiff(file);
            default -> 1;
        };
    }

    /** The first APP1 segment that starts with "Exif". */
    private static int ofJpeg(byte[] file) {
        int at = 2;
        while (at + 4 <= file.length && file[at] == (byte) 0xFF) {
            int marker = file[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
            }
            if (marker == 0xDA || marker == 0xD9) return 1;
            int length = (file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF;
            int end = Math.min(at + 2 + length, file.length);
            if (marker == 0xE1 && length >= 8 && end - at > 10 && isExif(file, at + 4))
                return ofTiff(file, at + 10, end);
            at += 2 + length;
        }
        return 1;
    }

    private static boolean isExif(byte[] file, int at) {
        return at + 6 <= file.length
                && file[at] == 'E'
                && file[at + 1] == 'x'
                && file[at + 2] == 'i'
                && file[at + 3] == 'f'
                && file[at + 4] == 0
                && file[at + 5] == 0;
    }

    /** The chunk eXIf, before or after the pixels. */
    private static int ofPng(byte[] file) {
        int at = 8;
        while (at + 12 <= file.length) {
            long length = number(file, at, 4, true);
            if (length > file.length - at - 12) return 1;
            if (number(file, at + 4, 4, true) == 0x65584966) return ofTiff(file, at + 8, at + 8 + (int) length);
            at += 12 + (int) length;
        }
        return 1;
    }

    /** The chunk EXIF, with or without JPEG's six bytes in front. */
    private static int ofWebp(byte[] file) {
        int at = 12;
        while (at + 8 <= file.length) {
            long length = number(file, at + 4, 4, false);
            if (length > file.length - at - 8) return 1;
            if (number(file, at, 4, true) == 0x45584946) {
                int start = at + 8 + (isExif(file, at + 8) ? 6 : 0);
                return ofTiff(file, start, at + 8 + (int) length);
            }
            at += 8 + (int) (length + (length & 1));
        }
        return 1;
    }

    private static int ofTiff(byte[] file) {
        try {
            return checked(new TiffTags(file).number(TiffTags.ORIENTATION, 1));
        } catch (BrokenPictureException withoutTags) {
            return 1;
        }
    }

    private static int ofTiff(byte[] file, int start, int end) {
        TiffDirectory directory = new TiffDirectory(file, start, end);
        int entry = directory.find(TAG);
        if (entry < 0) return 1;
        long value = directory.number(entry + 8, directory.number(entry + 2, 2) == 4 ? 4 : 2);
        return checked(value);
    }

    private static int checked(long value) {
        return value >= 1 && value <= 8 ? (int) value : 1;
    }

    private static long number(byte[] file, int at, int length, boolean bigEndian) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | file[bigEndian ? at + i : at + length - 1 - i] & 0xFF;
        }
        return value;
    }

    /** The picture as it should be looked at. */
    static Picture apply(Picture picture, int orientation) {
        if (orientation == 1) return picture;
        int width = picture.width();
        int height = picture.height();
        int size = picture.mode().bytesPerPixel();
        boolean turned = orientation >= 5;
        byte[] in = picture.bytes();
        byte[] out = new byte[in.length];
        int newWidth = turned ? height : width;
        int newHeight = turned ? width : height;
        for (int y = 0, to = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                int fromX = switch (orientation) {
                    case 2, 3 -> width - 1 - x;
                    case 4 -> x;
                    case 5, 6 -> y;
                    default -> width - 1 - y;
                };
                int fromY = switch (orientation) {
                    case 2 -> y;
                    case 3, 4 -> height - 1 - y;
                    case 5, 8 -> x;
                    default -> height - 1 - x;
                };
                int from = (fromY * width + fromX) * size;
                for (int c = 0; c < size; c++) out[to++] = in[from + c];
            }
        }
        return new Picture(newWidth, newHeight, picture.mode(), out, picture.palette(), picture.transparency());
    }
}
