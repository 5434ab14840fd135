package dev.fovea.models.image;

/**
 * Decodes TIFF's LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, high bit first, which grow one code early; and the
 * older kind of some writers, low bit first, which grow on time.
 */
final class TiffLzw {
    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int FIRST = 258;
    private static final int MOST_CODES = 4096;

    private final byte[] in;
    private final int end;
    private final boolean old;
    private int at;
    private long buffer;
    private int buffered;

    private TiffLzw(byte[] in, int from, int end) {
        this.in = in;
        this.end = end;
        at = from;
        old = end - from >= 2 && in[from] == 0 && (in[from + 1] & 1) != 0;
    }

    /** Fills {@code out}. Fewer bytes are an error, more are ignored. */
    static void decode(byte[] in, int from, int end, byte[] out, DecodingBudget budget) throws BrokenPictureException {
        new TiffLzw(in, from, end).decode(out, budget);
    }

    /** Returns the next code, or the end code where there are no more bits. */
    private int code(int bits) {
        while (buffered < bits) {
            if (at >= end) return END;
            int next = in[at++] & 0xFF;
            buffer = old ? buffer | (long) next << buffered : buffer << 8 | next;
            buffered += 8;
        }
        buffered -= bits;
        int mask = (1 << bits) - 1;
        if (!old) return (int) (buffer >> buffered) & mask;
        int code = (int) buffer & mask;
        buffer >>>= bits;
        return code;
    }

    private void decode(byte[] out, DecodingBudget budget) throws BrokenPictureException {
        // A code stands for bytes that were written before: their start and their number.
        int[] starts = new int[MOST_CODES];
        int[] lengths = new int[MOST_CODES];
        int early = old ? 0 : 1;
        int codes = FIRST;
        int bits = 9;
        int filled = 0;
        int before = -1;
        long next = 0;
        while (filled < out.length) {
            int code = code(bits);
            if (code == END) throw BrokenPictureException.truncated();
            if ((long) filled + at >= next) {
                budget.check();
                next = (long) filled + at + DecodingBudget.STEPS;
            }
            if (code == CLEAR) {
                codes = FIRST;
                bits = 9;
                before = -1;
                continue;
            }
            int start = filled;
            if (code < CLEAR) {
                out[filled++] = (byte) code;
            } else {
                // The newest code may be the one that this step defines: the bytes of the last one and the first of
                // them.
                boolean newest = code == codes && before >= 0;
                if (!newest && (code >= codes || before < 0)) throw BrokenPictureException.truncated();
                int from = newest ? before : starts[code];
                int length = newest ? start - before + 1 : lengths[code];
                for (int i = 0; i < length && filled < out.length; i++) out[filled++] = out[from + i];
            }
            if (before >= 0) {
                if (codes >= MOST_CODES) throw BrokenPictureException.truncated();
                starts[codes] = before;
                lengths[codes] = start - before + 1;
                codes++;
                if (codes + early >= 1 << bits && bits < 12) bits++;
            }
            before = start;
        }
    }
}
