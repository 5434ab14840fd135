package dev.fovea.models.image;

import dev.fovea.models.image.JpegFrame.Coding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decodes JPEG to RGB, grey or CMYK (ITU-T T.81), bit for bit as libjpeg-turbo gives them to Pillow: it forgives and
 * refuses the same faults. Colour profiles are not applied. {@code docs/jpeg.md} explains the classes.
 */
final class JpegDecoder {
    /** Largest number of pixels that is accepted without a check; larger ones need enough bytes to be likely. */
    private static final long BELIEVED_PIXELS = 1 << 24;

    /** Most pixels that a byte may stand for. A plain area takes some 170 pixels a byte. */
    private static final long MAX_PIXELS_PER_BYTE = 2048;

    /**
     * The bits of all natural indexes of a block's first row; and its places in the zigzag order, from the lowest bit.
     */
    private static final int FIRST_ROW = 7;

    private static final long FIRST_ROW_PLACES = 1 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 14 | 1 << 15 | 1 << 27 | 1 << 28;

    /** Names the treatment of the components. */
    enum Components {
        /** Colours are guessed as libjpeg does, inks are taken to be stored inverted. */
        AS_FILE,
        /** Luminance and colour differences become red, green and blue, whatever the file says. */
        CONVERTED,
        /** They stay as they are stored. */
        STORED,
        /** They stay as they are stored, and subsampled ones are repeated instead of interpolated. */
        STORED_REPEATED
    }

    /**
     * The picture that another format holds as JPEG.
     *
     * @param components samples of a pixel
     * @param samples of all pixels, row by row
     */
    record Image(int width, int height, int components, byte[] samples) {}

    private final JpegSource source;
    private final JpegMarkers markers;
    private final DecodingBudget budget;
    private final JpegKernels kernels;
    private final short[] scratch = new short[64];
    private final JpegBatch batch = new JpegBatch();
    private final JpegReducedDct reducedDct;
    private JpegFrame frame;
    /** Guessed at the first scan: segments after it do not change the colours. */
    private boolean ycc;

    private JpegOutput output;
    private JpegSmoothing smoothing;

    private final Components wanted;

    private JpegDecoder(byte[] file, Components wanted, DecodingBudget budget, JpegKernels kernels) {
        this.wanted = wanted;
        this.kernels = kernels;
        reducedDct = new JpegReducedDct(kernels);
        this.budget = budget;
        source = new JpegSource(file);
        markers = new JpegMarkers(source);
    }

    /** Decodes a file. */
    static Picture decode(byte[] file, DecodingBudget budget, DraftReduction draft) throws BrokenPictureException {
        return decode(file, budget, draft, JpegKernelChoice.kernels());
    }

    /** Decodes a file with these loops. */
    static Picture decode(byte[] file, DecodingBudget budget, DraftReduction draft, JpegKernels kernels)
            throws BrokenPictureException {
        JpegOpening.check(file);
        JpegDecoder decoder = new JpegDecoder(file, Components.AS_FILE, budget, kernels);
        Image image = decoder.decode(draft);
        PictureMode mode = switch (image.components) {
            case 1 -> PictureMode.GREY;
            case 3 -> PictureMode.RGB;
            default -> PictureMode.CMYK;
        };
        return new Picture(image.width, image.height, mode, image.samples, null)
                .draftOf(decoder.frame.width(), decoder.frame.height());
    }

    /** Decodes the JPEG stream that another format holds. */
    static Image decodeWithin(byte[] stream, Components wanted, DecodingBudget budget) throws BrokenPictureException {
        return new JpegDecoder(stream, wanted, budget, JpegKernelChoice.kernels()).decode(DraftReduction.NONE);
    }

    private Image decode(DraftReduction draft) throws BrokenPictureException {
        // Tables may be a separate image before the image.
        while (!markers.read()) {
            if (markers.frame != null) throw JpegMarkers.damaged("no scan");
            markers.startOver();
        }
        frame = markers.frame.reduced(draft.reduction(markers.frame.width(), markers.frame.height()));
        int count = frame.components().length;
        ycc = wanted == Components.AS_FILE ? markers.isYcc() : wanted == Components.CONVERTED && count == 3;
        if (count != 1 && count != 3 && count != 4) {
            throw new BrokenPictureException(
                    "has " + count + " colour components, expected 1, 3 or 4; save it as plain JPEG or PNG");
        }
        if (frame.coding() == Coding.LOSSLESS) {
            throw new BrokenPictureException("is a lossless JPEG, which we cannot decode; save it as PNG");
        }
        long pixels = (long) frame.width() * frame.height();
        if (pixels > BELIEVED_PIXELS && pixels / MAX_PIXELS_PER_BYTE > source.file.length) {
            throw new BrokenPictureException("claims " + frame.width() + " x " + frame.height()
                    + " pixels, but has only " + source.file.length + " bytes; fetch it again");
        }
        if (frame.coding() == Coding.SEQUENTIAL) markers.addStandardTables();
        boolean severalScans = markers.scan.length < count || frame.coding().progressive();
        if (severalScans) severalScans();
        else oneScan();
        int width = frame.outputWidth();
        int height = frame.outputHeight();
        JpegKernelChoice.done((long) width * height * count / 64);
        return new Image(width, height, count, output.pixels());
    }

    private JpegEntropy startScan() throws BrokenPictureException {
        boolean band = markers.bandStart > 0;
        if (frame.coding().progressive()) {
            boolean wrong = band
                    ? markers.bandStart > markers.bandEnd || markers.bandEnd > 63 || markers.scan.length != 1
                    : markers.bandEnd != 0;
            wrong |= markers.bitsBefore != 0 && markers.bitsAfter != markers.bitsBefore - 1;
            if (wrong || markers.bitsAfter > 13) throw JpegMarkers.damaged("a scan that is none");
        }
        for (JpegComponent component : markers.scan) markers.fixQuantizers(component);
        return switch (frame.coding()) {
            case SEQUENTIAL -> new JpegSequentialScan(source, markers);
            case PROGRESSIVE -> new JpegProgressiveScan(source, markers);
            default -> new JpegArithmeticScan(source, markers);
        };
    }

    /**
     * The blocks that some units side by side have in one row of blocks.
     *
     * @param component its index in the frame
     * @param across blocks of a unit
     * @param row within the stripe
     */
    private record BatchRow(int component, int across, int row, JpegBatch batch) {}

    /** Decodes the pixels of a file with a single scan, stripe by stripe, without keeping coefficients. */
    private void oneScan() throws BrokenPictureException {
        JpegComponent[] scan = markers.scan;
        boolean single = scan.length == 1;
        JpegEntropy.Unit unit = new JpegEntropy.Unit(scan, true);
        JpegEntropy entropy = startScan();
        int unitsAtOnce = JpegBatch.BLOCKS / (single ? 1 : frame.maxAcross());
        int[][] lanes = new int[unitsAtOnce][unit.at.length];
        List<BatchRow> rows = batchRows(unit, lanes);
        output = new JpegOutput(frame, wanted, ycc, kernels);
        budget.spend((long) frame.width() * frame.height());
        int stripes = frame.stripes();
        int units = single ? scan[0].widthInBlocks : frame.unitsAcross();
        for (int stripe = 0; stripe < stripes; stripe++) {
            int down = single ? rows(scan[0], stripe) : 1;
            for (int row = 0; row < down; row++) {
                budget.check();
                for (int x = 0; x < units; x += unitsAtOnce) {
                    int count = Math.min(unitsAtOnce, units - x);
                    decodeUnits(entropy, unit, lanes, count);
                    for (BatchRow each : rows) transform(each, x, count, stripe, row + each.row);
                }
            }
            output.stripeDone(stripe);
        }
        finish();
    }

    /** Returns the places for the blocks of units that are decoded together. */
    private List<BatchRow> batchRows(JpegEntropy.Unit unit, int[][] lanes) {
        List<BatchRow> rows = new ArrayList<>();
        boolean single = unit.components.length == 1;
        int block = 0;
        for (JpegComponent component : unit.components) {
            int index = Arrays.asList(frame.components()).indexOf(component);
            int across = single ? 1 : component.across;
            for (int row = 0; row < (single ? 1 : component.down); row++) {
                BatchRow batchRow = new BatchRow(index, across, row, new JpegBatch());
                rows.add(batchRow);
                for (int column = 0; column < across; column++, block++) {
                    unit.coefficients[block] = batchRow.batch.coefficients;
                    unit.seen[block] = batchRow.batch.seen;
                    for (int x = 0; x < lanes.length; x++) lanes[x][block] = kernels.lane(x * across + column);
                }
            }
        }
        return rows;
    }

    private static void decodeUnits(JpegEntropy entropy, JpegEntropy.Unit unit, int[][] lanes, int count)
            throws BrokenPictureException {
        for (int x = 0; x < count; x++) {
            unit.at = lanes[x];
            entropy.decode(unit);
        }
    }

    /** Makes samples of a batch that begins at a unit; samples beyond the component are padding. */
    private void transform(BatchRow from, int unit, int units, int stripe, int row) {
        JpegComponent component = frame.components()[from.component];
        int blockY = stripe * component.down + row;
        int blockX = unit * from.across;
        int blocks = Math.min(units * from.across, component.widthInBlocks - blockX);
        if (blockY < component.heightInBlocks) transform(from.component, from.batch, blocks, blockX, blockY);
        from.batch.clear();
    }

    private void transform(int index, JpegBatch batch, int blocks, int blockX, int blockY) {
        int size = frame.components()[index].blockSize;
        int to = output.at(index, size * blockY) + size * blockX;
        byte[] samples = output.samples(index);
        int stride = output.stride(index);
        if (size == 8) kernels.transform(batch, blocks, samples, to, stride);
        else reducedDct.transform(batch, size, blocks, samples, to, stride);
    }

    /** Returns the number of rows of blocks that a component has in a stripe. */
    private int rows(JpegComponent component, int stripe) {
        return Math.min(component.down, component.heightInBlocks - stripe * component.down);
    }

    /** Reads the rest of the present piece of the file after the pixels, since libjpeg objects to some of it. */
    private void finish() throws BrokenPictureException {
        source.stopAtPiece();
        try {
            if (markers.read()) throw JpegMarkers.damaged("another scan after the last one");
        } catch (BrokenPictureException problem) {
            if (!source.ranOut()) throw problem;
        }
    }

    /** Collects the coefficients of all scans, then makes pixels of them. */
    private void severalScans() throws BrokenPictureException {
        for (JpegComponent component : frame.components()) {
            // A component that cannot be scaled is refused before its scans are read.
            JpegUpsampling.of(frame, component);
            component.blockStride = frame.unitsAcross() * component.across;
            int blocks = component.blockStride * frame.stripes() * component.down;
            component.coefficients = new short[PictureSize.bytes(blocks, 1, 64)];
            component.seen = new byte[blocks];
            if (frame.coding() == Coding.PROGRESSIVE) component.places = new long[blocks];
        }
        if (frame.coding().progressive()) smoothing = new JpegSmoothing(frame);
        source.takeAll();
        do {
            collectScan();
        } while (markers.read());
        output = new JpegOutput(frame, wanted, ycc, kernels);
        boolean smooth = smoothing != null && smoothing.useful(markers.scansRead);
        for (int stripe = 0; stripe < frame.stripes(); stripe++) {
            budget.check();
            for (int i = 0; i < frame.components().length; i++) stripe(i, stripe, smooth);
            output.stripeDone(stripe);
        }
    }

    private void collectScan() throws BrokenPictureException {
        JpegComponent[] scan = markers.scan;
        JpegEntropy.Unit unit = new JpegEntropy.Unit(scan, false);
        JpegEntropy entropy = startScan();
        if (smoothing != null) smoothing.scanStarts(markers);
        boolean single = scan.length == 1;
        int unitsAcross = single ? scan[0].widthInBlocks : frame.unitsAcross();
        int unitsDown = single ? scan[0].heightInBlocks : frame.stripes();
        budget.spend((long) unitsAcross * unitsDown * unit.at.length * 64);
        for (int i = 0; i < unit.at.length; i++) {
            unit.coefficients[i] = scan[unit.member[i]].coefficients;
            unit.seen[i] = scan[unit.member[i]].seen;
        }
        for (int y = 0; y < unitsDown; y++) {
            budget.check();
            int stripe = single ? y / scan[0].down : y;
            for (int x = 0; x < unitsAcross; x++) {
                if (single) unit.at[0] = (y * scan[0].blockStride + x) << 6;
                else place(unit, x, y);
                if (smoothing != null && !entropy.insufficient()) smoothing.good(stripe);
                entropy.decode(unit);
            }
        }
    }

    private static void place(JpegEntropy.Unit unit, int x, int y) {
        int block = 0;
        for (JpegComponent component : unit.components) {
            for (int row = 0; row < component.down; row++) {
                int at = (y * component.down + row) * component.blockStride + x * component.across;
                for (int column = 0; column < component.across; column++) unit.at[block++] = at + column << 6;
            }
        }
    }

    /** Makes samples of a component's coefficients in one stripe. */
    private void stripe(int index, int stripe, boolean smooth) {
        JpegComponent component = frame.components()[index];
        int rows = rows(component, stripe);
        short[] quantizers = quantizers(component);
        for (int row = 0; row < rows; row++) {
            int y = stripe * component.down + row;
            for (int from = 0; from < component.widthInBlocks; from += JpegBatch.BLOCKS) {
                int count = Math.min(JpegBatch.BLOCKS, component.widthInBlocks - from);
                for (int x = from; x < from + count; x++) {
                    int block = y * component.blockStride + x;
                    int lane = kernels.lane(x - from);
                    short[] coefficients = component.coefficients;
                    int at = block << 6;
                    if (component.places != null && !smooth) {
                        long places = component.places[block];
                        batch.putSome(lane, coefficients, at, quantizers, places, seen(places));
                        continue;
                    }
                    int seen = component.places == null ? component.seen[block] : seen(component.places[block]);
                    if (smooth) {
                        System.arraycopy(coefficients, at, scratch, 0, 64);
                        smoothing.smooth(index, stripe, rows, row, x, scratch);
                        coefficients = scratch;
                        at = 0;
                        seen |= JpegSmoothing.PLACES;
                    }
                    if (smoothing != null && seen > FIRST_ROW && firstRowOnly(coefficients, at)) seen = FIRST_ROW;
                    batch.put(lane, coefficients, at, quantizers, seen);
                }
                transform(index, batch, count, from, y);
                batch.clear();
            }
        }
    }

    /**
     * Returns the factors, in natural order, by which the kept coefficients of a component are still to be multiplied.
     */
    private short[] quantizers(JpegComponent component) {
        short[] quantizers = new short[64];
        if (smoothing == null) {
            Arrays.fill(quantizers, (short) 1);
        } else if (component.quantizers != null) { // in a component without a scan all are zero
            for (int k = 0; k < 64; k++) quantizers[JpegTables.NATURAL_ORDER[k]] = component.quantizers[k];
        }
        return quantizers;
    }

    /** Returns the bits of the natural indexes that coefficients in these places of the zigzag order may have. */
    private static int seen(long places) {
        if ((places & ~FIRST_ROW_PLACES) != 0) return 63;
        return (places & ~1L) != 0 ? FIRST_ROW : 0;
    }

    /**
     * Returns whether only the first row of a block has coefficients. Bits that are shifted out and guesses of zero
     * leave zeros where coefficients were set.
     */
    private static boolean firstRowOnly(short[] block, int at) {
        for (int i = 8; i < 64; i++) if (block[at + i] != 0) return false;
        return true;
    }
}
