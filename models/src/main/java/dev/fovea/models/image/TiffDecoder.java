package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Decodes the first picture of a TIFF as Pillow does, which reads plain strips itself and leaves the rest to libtiff
 * (TiffImagePlugin.py, libImaging/TiffDecode.c): strips and tiles, samples side by side or in planes, all compressions
 * of {@link TiffCompression}.
 */
final class TiffDecoder {
    private static final int REVERSED_BITS = 2;
    private static final int SEPARATE_PLANES = 2;
    private static final int GROUP_3_TWO_DIMENSIONS = 1;

    private final byte[] file;
    private final TiffTags tags;
    private final TiffCompression compression;
    private final TiffLayout layout;
    private final int width;
    private final int height;
    private final boolean planes;
    private final boolean tiled;
    private final int blockWidth;
    private final int blockHeight;
    private final long[] offsets;
    private final long[] byteCounts;
    /** Set where luma and chroma of every pixel are stored without subsampling. */
    private final boolean plainYcbcr;
    /** Converts other luma and chroma, or null. */
    private final TiffYcbcr ycbcr;

    private final DecodingBudget budget;
    /** The file's bytes with their bits reversed, null until they are needed. */
    private byte[] reversed;

    private TiffDecoder(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        this.file = file;
        this.budget = budget;
        tags = new TiffTags(file);
        compression = TiffCompression.of(tags.number(TiffTags.COMPRESSION, 1));
        boolean oldJpeg = compression == TiffCompression.OLD_JPEG;
        boolean separate = tags.number(TiffTags.PLANAR_CONFIGURATION, 1) == SEPARATE_PLANES;
        layout = TiffLayout.of(tags, oldJpeg ? TiffLayout.YCBCR : (int) tags.number(TiffTags.PHOTOMETRIC, 0), separate);
        long claimedWidth = tags.number(TiffTags.WIDTH, 0);
        long claimedHeight = tags.number(TiffTags.HEIGHT, 0);
        PictureSize.check(claimedWidth, claimedHeight);
        width = (int) claimedWidth;
        height = (int) claimedHeight;
        planes = separate && layout.samples() > 1;
        tiled = !tags.has(TiffTags.STRIP_OFFSETS);
        offsets = tags.numbers(tiled ? TiffTags.TILE_OFFSETS : TiffTags.STRIP_OFFSETS);
        byteCounts = tags.numbers(tiled ? TiffTags.TILE_BYTE_COUNTS : TiffTags.STRIP_BYTE_COUNTS);
        if (offsets.length == 0 && !oldJpeg)
            throw new BrokenPictureException("is a TIFF without strips or tiles; fetch it again");
        long rows = tiled ? tags.number(TiffTags.TILE_LENGTH, 0) : tags.number(TiffTags.ROWS_PER_STRIP, height);
        long columns = tiled ? tags.number(TiffTags.TILE_WIDTH, 0) : width;
        if (rows < 1 || columns < 1 || tiled && rows * columns > Picture.MAX_PIXELS) {
            throw new BrokenPictureException(
                    "is a TIFF with tiles of " + columns + " x " + rows + " pixels; fetch it again");
        }
        plainYcbcr = layout.coding() == TiffLayout.Coding.YCBCR
                && compression == TiffCompression.NONE
                && (planes
                        || Arrays.stream(tags.numbers(TiffTags.YCBCR_SUBSAMPLING))
                                .allMatch(factor -> factor == 1));
        boolean byJpeg = compression == TiffCompression.JPEG && !planes;
        boolean byUs = layout.coding() == TiffLayout.Coding.YCBCR && !plainYcbcr && !byJpeg;
        ycbcr = byUs ? new TiffYcbcr(tags) : null;
        if (byUs && !oldJpeg && !planes) ycbcr.checkSubsampling();
        blockWidth = (int) columns;
        blockHeight = tiled ? (int) rows : (int) Math.min(rows, height);
    }

    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        TiffDecoder decoder = new TiffDecoder(file, budget);
        return decoder.compression == TiffCompression.OLD_JPEG ? decoder.readOldJpeg() : decoder.read();
    }

    private Picture readOldJpeg() throws BrokenPictureException {
        JpegDecoder.Image image = JpegDecoder.decodeWithin(
                TiffJpeg.oldStream(tags, file), JpegDecoder.Components.STORED_REPEATED, budget);
        if (image.width() != width || image.height() != height || image.components() != 3) {
            throw BrokenPictureException.truncated();
        }
        planesToRgb(image.samples());
        return new Picture(width, height, PictureMode.RGB, image.samples(), null);
    }

    private Picture read() throws BrokenPictureException {
        int across = (width + blockWidth - 1) / blockWidth;
        int down = (height + blockHeight - 1) / blockHeight;
        int layers = planes ? layout.bands() : 1;
        if (offsets.length < (long) across * down * layers) throw BrokenPictureException.truncated();
        byte[] samples = new byte[PictureSize.bytes(width, height, layout.mode().bytesPerPixel())];
        for (int layer = 0; layer < layers; layer++) {
            for (int y = 0; y < down; y++) {
                for (int x = 0; x < across; x++) {
                    readBlock((layer * down + y) * across + x, layer, x * blockWidth, y * blockHeight, samples);
                }
            }
        }
        switch (layout.coding()) {
            case ASSOCIATED_ALPHA ->
                TiffColours.divideByAlpha(samples, layout.mode().bytesPerPixel(), budget);
            case LAB -> TiffColours.labToRgb(samples, budget);
            case YCBCR -> {
                if (plainYcbcr) TiffColours.ycbcrToRgb(samples, budget);
                else if (planes) planesToRgb(samples);
            }
            default -> {}
        }
        byte[] palette = layout.mode() == PictureMode.PALETTE ? palette() : null;
        return new Picture(width, height, layout.mode(), samples, palette);
    }

    private void readBlock(int block, int layer, int left, int top, byte[] samples) throws BrokenPictureException {
        int rows = tiled ? blockHeight : Math.min(blockHeight, height - top);
        boolean blocks = ycbcr != null && !planes;
        int step = planes ? 1 : layout.samples();
        int rowBytes = blocks ? ycbcr.rowBytes(blockWidth) : Math.toIntExact(layout.rowBytes(blockWidth, step));
        int length = blocks ? ycbcr.bytes(blockWidth, rows) : Math.multiplyExact(rowBytes, rows);
        byte[] data = decompress(block, length, rowBytes, step);
        int size = layout.mode().bytesPerPixel();
        int columns = Math.min(blockWidth, width - left);
        for (int row = 0; row < Math.min(rows, height - top); row++) {
            budget.advance(columns);
            int to = ((top + row) * width + left) * size;
            if (blocks) {
                for (int x = 0; x < columns; x++) ycbcr.convert(data, blockWidth, x, row, samples, to + 3 * x);
            } else if (planes) {
                layout.unpackPlane(layer, data, row * rowBytes, samples, to, columns);
            } else {
                layout.unpack(data, row * rowBytes, samples, to, columns);
            }
        }
    }

    private byte[] decompress(int block, int length, int rowBytes, int step) throws BrokenPictureException {
        long from = offsets[block];
        // Pillow relies on offsets alone where nothing is compressed.
        boolean counted = compression != TiffCompression.NONE && block < byteCounts.length;
        long end = counted ? from + byteCounts[block] : file.length;
        if (from < 0 || end < from || end > file.length) throw BrokenPictureException.truncated();
        budget.check();
        // Strips that overlap could make a small file cost any amount of work; ordinary ones add up to the file.
        if (counted) budget.spend(end - from);
        if (compression == TiffCompression.JPEG) return jpeg((int) from, (int) end, length, step);
        byte[] data = new byte[length];
        byte[] in = file;
        if (tags.number(TiffTags.FILL_ORDER, 1) == REVERSED_BITS) in = reversed();
        if (compression.isCcitt()) {
            if (layout.bits() != 1)
                throw new BrokenPictureException("is a TIFF with fax compression of more than 1 bit");
            boolean twoDimensional = (tags.number(TiffTags.GROUP_3_OPTIONS, 0) & GROUP_3_TWO_DIMENSIONS) != 0;
            CcittFax.decode(compression, twoDimensional, in, (int) from, (int) end, blockWidth, data, budget);
        } else {
            try {
                compression.decode(in, (int) from, (int) end, data, budget);
            } catch (BrokenPictureException damaged) {
                // libtiff's conversion of luma and chroma continues with what there is.
                budget.check();
                if (ycbcr == null) throw damaged;
            }
        }
        if (compression.hasPredictor()) {
            TiffPredictor.undo(tags.number(TiffTags.PREDICTOR, 1), data, rowBytes, step, layout, budget);
        }
        return data;
    }

    private byte[] jpeg(int from, int end, int length, int step) throws BrokenPictureException {
        boolean converted = layout.coding() == TiffLayout.Coding.YCBCR && !planes;
        JpegDecoder.Components wanted = converted ? JpegDecoder.Components.CONVERTED : JpegDecoder.Components.STORED;
        byte[] stream = TiffJpeg.stream(tags.bytes(TiffTags.JPEG_TABLES), file, from, end);
        JpegDecoder.Image image = JpegDecoder.decodeWithin(stream, wanted, budget);
        boolean fits = image.components() == step && image.width() == blockWidth && image.samples().length >= length;
        if (!fits) throw BrokenPictureException.truncated();
        return image.samples();
    }

    private void planesToRgb(byte[] samples) throws BrokenPictureException {
        for (int i = 0; i < samples.length; i += 3) {
            ycbcr.convert(samples[i] & 0xFF, samples[i + 1] & 0xFF, samples[i + 2] & 0xFF, samples, i);
            budget.checkAt(i);
        }
    }

    /** Returns all bytes with their bits reversed: once for all blocks, which may overlap. */
    private byte[] reversed() throws BrokenPictureException {
        if (reversed == null) {
            reversed = new byte[file.length];
            for (int i = 0; i < reversed.length; i++) {
                reversed[i] = (byte) (Integer.reverse(file[i]) >>> 24);
                budget.checkAt(i);
            }
        }
        return reversed;
    }

    /**
     * Returns the palette: the file has all reds, then all greens, then all blues, of 16 bits, of which the high ones
     * are kept.
     */
    private byte[] palette() throws BrokenPictureException {
        long[] colors = tags.numbers(TiffTags.COLOR_MAP);
        int count = colors.length / 3;
        if (count < 1 || count > 256)
            throw new BrokenPictureException("is a TIFF without a colour map; fetch it again");
        byte[] palette = new byte[768];
        for (int i = 0; i < 3 * count; i++) palette[i % count * 3 + i / count] = (byte) (colors[i] >> 8);
        return palette;
    }
}
