package dev.fovea.models.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Writes given coefficients as a JPEG file, in one sequential scan (T.81, annex F) or in any series of progressive ones
 * (annex G). Tables, restart intervals and the ends of runs are drawn by chance.
 */
final class JpegWriter {
    /** Longest run of blocks whose band has ended. */
    private static final int LONGEST_RUN = 0x7FFF;

    /**
     * One scan.
     *
     * @param components indexes of its components
     * @param from first place of its band in zigzag order
     * @param to last one
     * @param before number of bits that the scan before left out, 0 in the first one over a band
     * @param after number of bits that this one leaves out
     */
    record Scan(int[] components, int from, int to, int before, int after) {}

    /** A Huffman code: of each value its bits and their number. */
    private record Code(int[] bits, int[] lengths) {}

    private final int width;
    private final int height;
    /** Of each component the blocks of a unit from left to right and from top to bottom. */
    private final int[] across;

    private final int[] down;
    /** Of each component its blocks, row by row, and their coefficients in zigzag order. */
    private final short[][][] blocks;

    private final Random random;
    private final int unitsAcross;
    private final int unitsDown;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private int bits;
    private int bitCount;

    private Code dcCode;
    private Code acCode;
    private final int[] lastDc;
    private int endOfBandRun;
    /** Bits of coefficients that follow the code of the present run. */
    private final StringBuilder pending = new StringBuilder();

    private boolean sequential;

    /** Makes a picture of random coefficients. */
    JpegWriter(int width, int height, int[] across, int[] down, Random random) {
        this.width = width;
        this.height = height;
        this.across = across;
        this.down = down;
        this.random = random;
        unitsAcross = ceil(width, 8 * largest(across));
        unitsDown = ceil(height, 8 * largest(down));
        blocks = new short[across.length][][];
        lastDc = new int[across.length];
        for (int i = 0; i < across.length; i++) {
            blocks[i] = new short[unitsAcross * across[i] * unitsDown * down[i]][];
            Arrays.setAll(blocks[i], block -> randomBlock());
        }
    }

    private short[] randomBlock() {
        short[] block = new short[64];
        block[0] = (short) (random.nextInt(2001) - 1000);
        int most = new int[] {0, 2, 6, 20, 120}[random.nextInt(5)];
        int size = random.nextInt(10);
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            int magnitude = 1 + random.nextInt(1 << random.nextInt(size + 1));
            block[1 + random.nextInt(63)] = (short) (random.nextBoolean() ? magnitude : -magnitude);
        }
        return block;
    }

    private static int ceil(int count, int size) {
        return (count + size - 1) / size;
    }

    private static int largest(int[] factors) {
        return Arrays.stream(factors).max().orElseThrow();
    }

    /** Returns a file with all components in one sequential scan. */
    byte[] sequential() {
        return file(0xC0, List.of(new Scan(all(), 0, 63, 0, 0)));
    }

    /** Returns a progressive file with these scans. */
    byte[] progressive(List<Scan> scans) {
        return file(0xC2, scans);
    }

    private int[] all() {
        return IntStream.range(0, blocks.length).toArray();
    }

    /**
     * Returns a random series of scans that leaves nothing out: DC first, together or one component at a time; then the
     * bands of each component, cut anew for each bit, in an order in which only those of one component wait for each
     * other.
     */
    List<Scan> randomScans() {
        List<Scan> scans = new ArrayList<>();
        List<List<Scan>> waiting = new ArrayList<>();
        int leftOut = random.nextInt(4);
        addDc(scans, 0, leftOut);
        List<Scan> dc = new ArrayList<>();
        for (int bit = leftOut; bit > 0; bit--) addDc(dc, bit, bit - 1);
        waiting.add(dc);
        for (int component : all()) {
            List<Scan> ofComponent = new ArrayList<>();
            leftOut = random.nextInt(5);
            addBands(ofComponent, component, 0, leftOut);
            for (int bit = leftOut; bit > 0; bit--) addBands(ofComponent, component, bit, bit - 1);
            waiting.add(ofComponent);
        }
        while (true) {
            waiting.removeIf(List::isEmpty);
            if (waiting.isEmpty()) return scans;
            scans.add(waiting.get(random.nextInt(waiting.size())).removeFirst());
        }
    }

    private void addDc(List<Scan> scans, int before, int after) {
        if (random.nextBoolean()) {
            scans.add(new Scan(all(), 0, 0, before, after));
            return;
        }
        for (int component : all()) scans.add(new Scan(new int[] {component}, 0, 0, before, after));
    }

    private void addBands(List<Scan> scans, int component, int before, int after) {
        List<Scan> bands = new ArrayList<>();
        for (int from = 1; from < 64; ) {
            int to = random.nextInt(3) == 0 ? 63 : from + random.nextInt(64 - from);
            bands.add(new Scan(new int[] {component}, from, to, before, after));
            from = to + 1;
        }
        Collections.shuffle(bands, random);
        scans.addAll(bands);
    }

    private byte[] file(int frame, List<Scan> scans) {
        sequential = frame == 0xC0;
        file.reset();
        bytes(0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0);
        for (int k = 0; k < 64; k++) bytes(1 + k % 5);
        bytes(0xFF, frame, 0, 8 + 3 * blocks.length, 8, height >> 8, height, width >> 8, width, blocks.length);
        for (int i = 0; i < blocks.length; i++) bytes(i + 1, across[i] << 4 | down[i], 0);
        for (Scan scan : scans) write(scan);
        bytes(0xFF, 0xD9);
        return file.toByteArray();
    }

    private void bytes(int... values) {
        for (int value : values) file.write(value);
    }

    private void write(Scan scan) {
        dcCode = code(0x00, 16, 3, 3, 5, 5, 12, 8);
        acCode = code(0x10, 256, 3, 2, 4, 3, 6, 10, 8, 25, 11, 60, 14, 156);
        int interval = random.nextBoolean() ? 0 : 1 + random.nextInt(9);
        bytes(0xFF, 0xDD, 0, 4, 0, interval);
        int count = scan.components.length;
        bytes(0xFF, 0xDA, 0, 6 + 2 * count, count);
        for (int component : scan.components) bytes(component + 1, 0);
        bytes(scan.from, scan.to, scan.before << 4 | scan.after);
        Arrays.fill(lastDc, 0);
        int units = 0;
        int single = scan.components[0];
        int columns = count > 1 ? unitsAcross : ceil(ceil(width * across[single], largest(across)), 8);
        int rows = count > 1 ? unitsDown : ceil(ceil(height * down[single], largest(down)), 8);
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                if (interval > 0 && units > 0 && units % interval == 0) restart(units / interval - 1 & 7);
                units++;
                if (count > 1) unit(scan, x, y);
                else block(scan, single, y * unitsAcross * across[single] + x);
            }
        }
        endRun();
        align();
    }

    private void restart(int number) {
        endRun();
        align();
        bytes(0xFF, 0xD0 + number);
        Arrays.fill(lastDc, 0);
    }

    private void unit(Scan scan, int x, int y) {
        for (int component : scan.components) {
            for (int row = 0; row < down[component]; row++) {
                for (int column = 0; column < across[component]; column++) {
                    int at = (y * down[component] + row) * unitsAcross * across[component];
                    block(scan, component, at + x * across[component] + column);
                }
            }
        }
    }

    private void block(Scan scan, int component, int index) {
        short[] block = blocks[component][index];
        if (scan.from == 0) {
            int dc = block[0] >> scan.after;
            if (scan.before > 0) {
                bits(dc & 1, 1);
            } else {
                number(dcCode, 0, dc - lastDc[component]);
                lastDc[component] = dc;
            }
        }
        if (scan.to == 0) return;
        if (scan.before == 0) first(block, Math.max(1, scan.from), scan.to, scan.after);
        else refine(block, scan.from, scan.to, scan.after);
    }

    private void first(short[] block, int from, int to, int shift) {
        int run = 0;
        for (int k = from; k <= to; k++) {
            int magnitude = Math.abs(block[k]) >> shift;
            if (magnitude == 0) {
                run++;
                continue;
            }
            endRun();
            for (; run > 15; run -= 16) code(acCode, 0xF0);
            number(acCode, run, block[k] < 0 ? -magnitude : magnitude);
            run = 0;
        }
        if (run > 0) endBand("");
    }

    private void refine(short[] block, int from, int to, int shift) {
        int lastNew = 0;
        for (int k = from; k <= to; k++) if (Math.abs(block[k]) >> shift == 1) lastNew = k;
        int run = 0;
        StringBuilder held = new StringBuilder();
        for (int k = from; k <= to; k++) {
            int magnitude = Math.abs(block[k]) >> shift;
            if (magnitude == 0) {
                run++;
                continue;
            }
            for (; run > 15 && k <= lastNew; run -= 16) {
                endRun();
                code(acCode, 0xF0);
                write(held);
            }
            if (magnitude > 1) {
                held.append((char) ('0' + (magnitude & 1)));
                continue;
            }
            endRun();
            code(acCode, run << 4 | 1);
            bits(block[k] < 0 ? 0 : 1, 1);
            write(held);
            run = 0;
        }
        if (run > 0 || !held.isEmpty()) endBand(held);
    }

    private void endBand(CharSequence bits) {
        endOfBandRun++;
        pending.append(bits);
        if (sequential || endOfBandRun == LONGEST_RUN || random.nextInt(20) == 0) endRun();
    }

    private void endRun() {
        if (endOfBandRun == 0) return;
        int size = 31 - Integer.numberOfLeadingZeros(endOfBandRun);
        code(acCode, size << 4);
        bits(endOfBandRun, size);
        endOfBandRun = 0;
        write(pending);
    }

    /** Writes bits and forgets them. */
    private void write(StringBuilder digits) {
        for (int i = 0; i < digits.length(); i++) bits(digits.charAt(i), 1);
        digits.setLength(0);
    }

    /** Writes the code of a run and of the size of a number, and the number. */
    private void number(Code code, int run, int number) {
        int size = 32 - Integer.numberOfLeadingZeros(Math.abs(number));
        code(code, run << 4 | size);
        bits(number < 0 ? number - 1 : number, size);
    }

    private void code(Code code, int value) {
        bits(code.bits[value], code.lengths[value]);
    }

    /** Writes the lowest bits of a number, the highest of them first. */
    private void bits(int number, int count) {
        for (int i = count - 1; i >= 0; i--) {
            bits = bits << 1 | number >> i & 1;
            if (++bitCount < 8) continue;
            file.write(bits);
            if ((bits & 0xFF) == 0xFF) file.write(0);
            bitCount = 0;
        }
    }

    private void align() {
        while (bitCount > 0) bits(1, 1);
    }

    /**
     * Writes a table and returns its code. Small runs and sizes tend to have the shorter codes.
     *
     * @param lengthsAndCounts some lengths, and after each the number of codes that have it
     */
    private Code code(int table, int values, int... lengthsAndCounts) {
        int[] cost = IntStream.range(0, values)
                .map(value -> random.nextInt(60) + 8 * (value & 15) + 3 * (value >> 4))
                .toArray();
        int[] order = IntStream.range(0, values)
                .boxed()
                .sorted(Comparator.comparingInt(value -> cost[value]))
                .mapToInt(value -> value)
                .toArray();
        int[] counts = new int[17];
        for (int i = 0; i < lengthsAndCounts.length; i += 2) counts[lengthsAndCounts[i]] = lengthsAndCounts[i + 1];
        Code code = new Code(new int[values], new int[values]);
        int next = 0;
        int at = 0;
        int size = 19 + values;
        bytes(0xFF, 0xC4, size >> 8, size, table);
        for (int length = 1; length <= 16; length++) {
            bytes(counts[length]);
            for (int i = counts[length]; i > 0; i--) {
                code.bits[order[at]] = next++;
                code.lengths[order[at++]] = length;
            }
            next <<= 1;
        }
        for (int value : order) bytes(value);
        return code;
    }
}
