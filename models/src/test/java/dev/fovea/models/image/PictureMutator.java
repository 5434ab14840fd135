package dev.fovea.models.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Damages PNG, GIF and WebP files along their structure: chunks are changed, dropped, repeated, exchanged and taken
 * from other files while checksums and lengths are made right again, so that damage gets behind the first check.
 */
final class PictureMutator {
    private static final int PNG_HEAD = 8;
    private static final int WEBP_HEAD = 12;
    private static final byte[][] PNG_TYPES =
            types("IHDR PLTE tRNS IDAT IEND tEXt zTXt iTXt eXIf gAMA cHRM sRGB pHYs iCCP acTL fcTL fdAT DDAT sBIT");
    private static final byte[][] WEBP_TYPES = types("VP8 _ VP8L VP8X ALPH ANIM ANMF EXIF ICCP XMP _ UNKN");

    private record Chunk(byte[] type, byte[] data) {}

    private final Random random;
    private final List<byte[]> seeds;

    PictureMutator(List<byte[]> seeds, long seed) {
        this.seeds = seeds;
        random = new Random(seed);
    }

    private static byte[][] types(String names) {
        String[] all = names.replace(" _", "_").split(" ");
        byte[][] types = new byte[all.length][];
        for (int i = 0; i < all.length; i++) types[i] = all[i].replace('_', ' ').getBytes();
        return types;
    }

    /** A damaged file. */
    byte[] next() {
        byte[] file = seeds.get(random.nextInt(seeds.size()));
        byte[] mutant = isPng(file) && random.nextInt(10) > 0
                ? png(file)
                : isWebp(file) && random.nextInt(6) > 0 ? webp(file) : file.clone();
        if (mutant.length == 0) return file;
        if (!isPng(file) && !isWebp(file) || random.nextInt(10) == 0) {
            // What comes first decides most.
            int reach = random.nextBoolean() ? mutant.length : Math.min(mutant.length, 64);
            flip(mutant, 0, reach, 1 + random.nextInt(4));
        }
        if (random.nextInt(25) == 0) mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length + 1));
        if (random.nextInt(40) == 0) mutant = Arrays.copyOf(mutant, mutant.length + 1 + random.nextInt(300));
        return mutant;
    }

    private static boolean isPng(byte[] file) {
        return file.length > 20 && file[1] == 'P' && file[2] == 'N';
    }

    private static boolean isWebp(byte[] file) {
        return file.length > 20 && file[0] == 'R' && file[8] == 'W';
    }

    private void flip(byte[] bytes, int from, int to, int count) {
        for (int i = 0; i < count && to > from; i++) {
            int at = from + random.nextInt(to - from);
            bytes[at] = switch (random.nextInt(5)) {
                case 0 -> (byte) random.nextInt(256);
                case 1 -> (byte) (bytes[at] + 1);
                case 2 -> (byte) (bytes[at] - 1);
                case 3 -> (byte) (random.nextBoolean() ? 0 : -1);
                default -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
            };
        }
    }

    private byte[] png(byte[] file) {
        List<Chunk> chunks = pngChunks(file);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes && !chunks.isEmpty(); i++) {
            int at = random.nextInt(chunks.size());
            Chunk chunk = chunks.get(at);
            if (chunk.type[0] == 'I' && chunk.type[1] == 'D' && random.nextInt(3) > 0) {
                chunks.set(at, new Chunk(chunk.type, recompressed(chunk.data)));
            } else {
                change(chunks, at, PNG_TYPES, isPng(file));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, PNG_HEAD);
        for (Chunk chunk : chunks) {
            int length = chunk.data.length + (random.nextInt(200) == 0 ? random.nextInt(9) - 4 : 0);
            out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
            out.writeBytes(chunk.type);
            out.writeBytes(chunk.data);
            CRC32 crc = new CRC32();
            crc.update(chunk.type);
            crc.update(chunk.data);
            int sum = (int) crc.getValue() ^ (random.nextInt(200) == 0 ? 1 : 0);
            out.writeBytes(ByteBuffer.allocate(4).putInt(sum).array());
        }
        return out.toByteArray();
    }

    private static List<Chunk> pngChunks(byte[] file) {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int at = PNG_HEAD; at + 12 <= file.length; ) {
            int length = bytes.getInt(at);
            if (length < 0 || length > file.length - at - 12) break;
            chunks.add(new Chunk(
                    Arrays.copyOfRange(file, at + 4, at + 8), Arrays.copyOfRange(file, at + 8, at + 8 + length)));
            at += 12 + length;
        }
        return chunks;
    }

    /** Pixel data damaged before they are compressed, or compressed data cut, damaged, followed by something. */
    private byte[] recompressed(byte[] data) {
        Inflater inflater = new Inflater();
        byte[] raw = new byte[1 << 20];
        int size = 0;
        try {
            inflater.setInput(data);
            size = inflater.inflate(raw);
        } catch (DataFormatException damaged) {
            // What came out before is taken.
        } finally {
            inflater.end();
        }
        flip(raw, 0, size, random.nextInt(4));
        if (random.nextInt(3) == 0) size = random.nextInt(size + 1);
        else if (random.nextInt(6) == 0) size = Math.min(raw.length, size + random.nextInt(100));
        Deflater deflater = new Deflater(random.nextInt(10));
        deflater.setInput(raw, 0, size);
        deflater.finish();
        byte[] out = new byte[size + size / 10 + 100];
        int length = deflater.deflate(out);
        deflater.end();
        if (random.nextInt(6) == 0) flip(out, 0, length, 1);
        if (random.nextInt(10) == 0) length = random.nextInt(length + 1);
        return Arrays.copyOf(out, length);
    }

    private void change(List<Chunk> chunks, int at, byte[][] types, boolean png) {
        Chunk chunk = chunks.get(at);
        switch (random.nextInt(10)) {
            case 0 -> chunks.remove(at);
            case 1 -> chunks.add(random.nextInt(chunks.size() + 1), chunk);
            case 2 -> chunks.set(at, new Chunk(types[random.nextInt(types.length)], chunk.data));
            case 3 ->
                chunks.set(
                        at, new Chunk(chunk.type, Arrays.copyOf(chunk.data, random.nextInt(chunk.data.length + 20))));
            case 4 -> chunks.add(chunks.remove(random.nextInt(chunks.size())));
            case 5 -> {
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                List<Chunk> donor =
                        png && isPng(other) ? pngChunks(other) : !png && isWebp(other) ? webpChunks(other) : chunks;
                chunks.add(random.nextInt(chunks.size() + 1), donor.get(random.nextInt(donor.size())));
            }
            case 6 -> {
                byte[] data = new byte[random.nextInt(40)];
                random.nextBytes(data);
                chunks.add(at, new Chunk(types[random.nextInt(types.length)], data));
            }
            default -> {
                byte[] data = chunk.data.clone();
                flip(data, 0, random.nextBoolean() ? data.length : Math.min(16, data.length), 1 + random.nextInt(4));
                chunks.set(at, new Chunk(chunk.type, data));
            }
        }
    }

    private byte[] webp(byte[] file) {
        List<Chunk> chunks = webpChunks(file);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes && !chunks.isEmpty(); i++) {
            change(chunks, random.nextInt(chunks.size()), WEBP_TYPES, false);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, WEBP_HEAD);
        for (Chunk chunk : chunks) {
            // Frames of an animation are followed by their chunks, which count into their length.
            int inner = chunk.type[0] == 'A' && chunk.type[3] == 'F' ? innerLength(chunks, chunk) : 0;
            int length = chunk.data.length + inner + (random.nextInt(200) == 0 ? random.nextInt(9) - 4 : 0);
            out.writeBytes(chunk.type);
            out.writeBytes(little(length));
            out.writeBytes(chunk.data);
            if ((chunk.data.length & 1) != 0) out.write(0);
        }
        byte[] mutant = out.toByteArray();
        int size = mutant.length - 8 + (random.nextInt(100) == 0 ? random.nextInt(9) - 4 : 0);
        System.arraycopy(little(size), 0, mutant, 4, 4);
        return mutant;
    }

    private static int innerLength(List<Chunk> chunks, Chunk frame) {
        int length = 0;
        for (int i = chunks.indexOf(frame) + 1;
                i < chunks.size() && chunks.get(i).type[0] != 'A' | chunks.get(i).type[1] == 'L';
                i++) {
            length += 8 + chunks.get(i).data.length + (chunks.get(i).data.length & 1);
        }
        return length;
    }

    private static byte[] little(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    /** The chunks of a file, those within a frame of an animation behind its own first bytes. */
    private static List<Chunk> webpChunks(byte[] file) {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = WEBP_HEAD; at + 8 <= file.length; ) {
            int length = bytes.getInt(at + 4);
            byte[] type = Arrays.copyOfRange(file, at, at + 4);
            if (type[0] == 'A' && type[3] == 'F') length = Math.min(length, 16);
            if (length < 0 || length > file.length - at - 8) break;
            chunks.add(new Chunk(type, Arrays.copyOfRange(file, at + 8, at + 8 + length)));
            at += 8 + length + (length & 1);
        }
        return chunks;
    }
}
