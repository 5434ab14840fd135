package dev.fovea.models.image;

import static dev.fovea.models.image.CcittCodes.BLACK;
import static dev.fovea.models.image.CcittCodes.BLACK_BITS;
import static dev.fovea.models.image.CcittCodes.WHITE;
import static dev.fovea.models.image.CcittCodes.WHITE_BITS;

/**
 * Decodes fax compression (ITU-T T.4 in one and two dimensions, T.6, and TIFF's plain run lengths) into rows of one bit
 * a pixel, 1 is black. A damaged line is filled or cut as libtiff does it (tif_fax3.h), so that what follows stays in
 * its place.
 *
 * <p>A line is a list of runs, alternating white and black, which sum to its width. A line in two dimensions gives its
 * changes of colour relative to those of the line above.
 */
final class CcittFax {
    private static final class EndOfData extends Exception {
        private EndOfData() {
            super(null, null, false, false);
        }
    }

    private static final EndOfData END_OF_DATA = new EndOfData();

    /** Group 3 data whose lines do not begin with an end of line. */
    private static final class NoEndOfLine extends Exception {
        private NoEndOfLine() {
            super(null, null, false, false);
        }
    }

    private static final NoEndOfLine NO_END_OF_LINE = new NoEndOfLine();

    private final byte[] in;
    private final int start;
    private final int end;
    private final int width;
    private int at;
    private int buffer;
    private int buffered;

    /** The runs of this line and of the one above, whose list continues with zeros. */
    private int[] runs;

    private int[] above;
    private int count;
    /** Number of runs of the line above that were read, and their end. */
    private int aboveRead;

    private int change;
    /** Number of pixels that are decoded, and how many of them belong to a run that continues. */
    private int position;

    private int runLength;
    /** Set when the zeros that begin an end of line were read already. */
    private boolean endOfLine;
    /** Set when lines of group 3 follow each other without an end of line. */
    private boolean linesJoined;

    private CcittFax(byte[] in, int from, int end, int width) {
        this.in = in;
        start = from;
        this.end = end;
        this.width = width;
        at = from;
        runs = new int[2 * width + 16];
        above = new int[2 * width + 16];
        above[0] = width;
    }

    /**
     * Fills rows of {@code width} pixels, each of whole bytes.
     *
     * @param twoDimensional for group 3: whether lines may refer to the one above
     */
    static void decode(
            TiffCompression kind,
            boolean twoDimensional,
            byte[] in,
            int from,
            int end,
            int width,
            byte[] out,
            DecodingBudget budget)
            throws BrokenPictureException {
        CcittFax fax = new CcittFax(in, from, end, width);
        int rowBytes = (width + 7) / 8;
        for (int row = 0; row + rowBytes <= out.length; row += rowBytes) {
            budget.advance(width);
            int before = fax.at;
            boolean whole;
            try {
                whole = fax.line(kind, twoDimensional);
            } catch (NoEndOfLine joined) {
                // As libtiff: the data are read again from their start, into the rows that are left.
                fax.restartWithLinesJoined();
                row -= rowBytes;
                continue;
            }
            budget.advance(fax.at - before);
            fax.fill(out, row);
            // Group 4 that ends early is a picture with an empty rest, of other kinds the strip is lost.
            if (!whole && (kind != TiffCompression.CCITT_GROUP_4 || row == 0)) throw BrokenPictureException.truncated();
            if (!whole) return;
            fax.keepLine();
        }
    }

    /** Decodes a line; returns false where the data ended with it. */
    private boolean line(TiffCompression kind, boolean twoDimensional) throws BrokenPictureException, NoEndOfLine {
        position = 0;
        runLength = 0;
        count = 0;
        try {
            switch (kind) {
                case CCITT_GROUP_3 -> {
                    if (!linesJoined) skipToEndOfLine();
                    if (!twoDimensional || bits(1) == 1) oneDimension();
                    else twoDimensions();
                }
                case CCITT_GROUP_4 -> twoDimensions();
                default -> {
                    oneDimension();
                    align(kind == TiffCompression.CCITT_RUNS_WORDS);
                }
            }
            return kind != TiffCompression.CCITT_GROUP_4 || !endOfLine;
        } catch (EndOfData ended) {
            cleanUp();
            return false;
        }
    }

    /** Makes this line the one above, with an imaginary change after it. */
    private void keepLine() {
        runs[count] = 0;
        runs[count + 1] = 0;
        int[] line = runs;
        runs = above;
        above = line;
    }

    /** Fills the buffer with the wanted number of bits; after the last ones there are zeros. */
    private void need(int wanted) throws EndOfData {
        while (buffered < wanted) {
            if (at >= end) {
                if (buffered == 0) throw END_OF_DATA;
                buffer <<= wanted - buffered;
                buffered = wanted;
                return;
            }
            buffer = buffer << 8 | in[at++] & 0xFF;
            buffered += 8;
        }
    }

    /** Returns the next bits without consuming them. */
    private int peek(int wanted) throws EndOfData {
        need(wanted);
        return buffer >>> buffered - wanted & (1 << wanted) - 1;
    }

    private int bits(int wanted) throws EndOfData {
        int value = peek(wanted);
        buffered -= wanted;
        return value;
    }

    /** Drops the rest of a byte or of a word of two, after which the next line begins. */
    private void align(boolean words) {
        buffered -= buffered % (words ? 16 : 8);
        if (words && buffered == 0) at += at - start & 1;
    }

    private void restartWithLinesJoined() {
        linesJoined = true;
        at = start;
        buffered = 0;
        endOfLine = false;
    }

    private void skipToEndOfLine() throws EndOfData, NoEndOfLine {
        if (!endOfLine) while (peek(11) != 0) buffered--;
        try {
            while (peek(8) == 0) buffered -= 8;
        } catch (EndOfData ended) {
            throw NO_END_OF_LINE;
        }
        while (peek(1) == 0) buffered--;
        buffered--;
        endOfLine = false;
    }

    private void endRun(int length) throws BrokenPictureException {
        if (count + 2 >= runs.length) throw BrokenPictureException.truncated();
        runs[count++] = runLength + length;
        position += length;
        runLength = 0;
    }

    /** Reads the codes of one run; returns false where the bits are no code of its colour. */
    private boolean run(boolean black) throws EndOfData, BrokenPictureException {
        int[] table = black ? BLACK : WHITE;
        while (true) {
            int entry = table[peek(black ? BLACK_BITS : WHITE_BITS)];
            buffered -= CcittCodes.length(entry);
            int parameter = CcittCodes.parameter(entry);
            switch (CcittCodes.kind(entry)) {
                case CcittCodes.RUN -> {
                    endRun(parameter);
                    return true;
                }
                case CcittCodes.MAKE_UP -> {
                    position += parameter;
                    runLength += parameter;
                }
                case CcittCodes.END_OF_LINE -> {
                    endOfLine = true;
                    return false;
                }
                default -> {
                    return false;
                }
            }
        }
    }

    private void oneDimension() throws EndOfData, BrokenPictureException {
        while (run(false) && position < width && run(true) && position < width) {
            if (runs[count - 1] == 0 && runs[count - 2] == 0) count -= 2;
        }
        cleanUp();
    }

    private void twoDimensions() throws EndOfData, BrokenPictureException {
        aboveRead = 0;
        change = above[aboveRead++];
        while (position < width) {
            int entry = CcittCodes.MODES[peek(CcittCodes.MODE_BITS)];
            buffered -= CcittCodes.length(entry);
            switch (CcittCodes.kind(entry)) {
                case CcittCodes.PASS -> {
                    findChange();
                    change += next();
                    runLength += change - position;
                    position = change;
                    change += next();
                }
                case CcittCodes.HORIZONTAL -> {
                    boolean black = count % 2 == 1;
                    boolean zeros = endOfLine;
                    if (!run(black) || !run(!black)) {
                        // Here zeros are treated like any other unknown code.
                        endOfLine = zeros;
                        cleanUp();
                        return;
                    }
                    findChange();
                }
                case CcittCodes.VERTICAL -> {
                    int offset = CcittCodes.parameter(entry) - 3;
                    findChange();
                    if (change + offset < position) {
                        cleanUp();
                        return;
                    }
                    endRun(change + offset - position);
                    if (offset < 0) change -= above[--aboveRead];
                    else change += next();
                }
                case CcittCodes.END_OF_LINE -> {
                    runs[count++] = width - position;
                    peek(4);
                    buffered -= 4;
                    endOfLine = true;
                    cleanUp();
                    return;
                }
                case CcittCodes.EXTENSION -> {
                    runs[count++] = width - position;
                    cleanUp();
                    return;
                }
                default -> {
                    cleanUp();
                    return;
                }
            }
        }
        if (runLength > 0) {
            if (runLength + position < width && bits(1) == 0) {
                cleanUp();
                return;
            }
            endRun(0);
        }
        cleanUp();
    }

    private int next() throws BrokenPictureException {
        if (aboveRead >= above.length) throw BrokenPictureException.truncated();
        return above[aboveRead++];
    }

    /** Moves to the first change of the line above to the right of the current position, to the other colour. */
    private void findChange() throws BrokenPictureException {
        if (count == 0) return;
        while (change <= position && change < width) change += next() + next();
    }

    /** Corrects the runs so that they sum to the width, whatever was wrong. */
    private void cleanUp() {
        if (runLength > 0) {
            runs[count++] = runLength;
            runLength = 0;
        }
        if (position == width) return;
        while (position > width && count > 0) position -= runs[--count];
        if (position < width) {
            if (position < 0) position = 0;
            if (count % 2 == 1) runs[count++] = 0;
            runs[count++] = width - position;
        } else if (position > width) {
            runs[count++] = width;
            runs[count++] = 0;
        }
        position = width;
    }

    private void fill(byte[] out, int row) {
        int x = 0;
        for (int i = 0; i < count; i++) {
            int runEnd = x + Math.clamp(runs[i], 0, width - x);
            if (i % 2 == 0) x = runEnd;
            for (; x < runEnd; x++) out[row + x / 8] |= (byte) (0x80 >> x % 8);
        }
    }
}
