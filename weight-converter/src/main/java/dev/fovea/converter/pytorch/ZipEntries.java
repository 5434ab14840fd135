package dev.fovea.converter.pytorch;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Gives the entries of a zip file as slices of the mapped file. PyTorch compresses the code of TorchScript archives
 * alone, which nobody reads here, so nothing is unpacked. Nothing is ever written: an entry's name is only a key,
 * whatever path it spells.
 *
 * <p>The central directory lists the entries (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16; zip64 fields where they
 * are used). Every number is checked against the file: entries lie before the directory, have the name that the
 * directory says, and do not overlap.
 */
final class ZipEntries {

    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int LOCATOR64_SIGNATURE = 0x07064b50;

    private static final int LOCAL_BYTES = 30;
    private static final int CENTRAL_BYTES = 46;
    private static final int END_BYTES = 22;
    private static final int END64_BYTES = 56;
    private static final int LOCATOR64_BYTES = 20;
    private static final int LONGEST_COMMENT = 65_535;

    /** Value of a field whose real value is in the zip64 extra field. */
    private static final long IN_EXTRA_32 = 0xFFFF_FFFFL;

    private static final int IN_EXTRA_16 = 0xFFFF;
    private static final int ZIP64_EXTRA = 1;
    private static final int ENCRYPTED = 1;

    /** The most entries that are read: far more than any checkpoint has tensors. */
    private static final int MOST_ENTRIES = 100_000;

    private static final int LONGEST_NAME = 1000;

    private static final int CHECKED_AT_ONCE = 16 << 20;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Describes an entry.
     *
     * @param name as the directory spells it
     * @param begin of its local header in the file
     * @param data its bytes
     * @param plain whether these are what was put in: neither compressed nor encrypted
     * @param checksum CRC-32 that the bytes should have
     */
    private record Entry(String name, long begin, MemorySegment data, boolean plain, int checksum) {}

    /** Says where the central directory lies. */
    private record Directory(long begin, long end, long entries) {}

    private final String file;
    private final MemorySegment content;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /**
     * Reads the central directory.
     *
     * @param file path for messages
     * @throws FoveaException if the file is no zip file, is cut short, or contradicts itself
     */
    ZipEntries(String file, MemorySegment content) {
        this.file = file;
        this.content = content;
        Directory directory = directory();
        if (directory.entries > MOST_ENTRIES) {
            throw broken("it claims " + directory.entries + " entries, more than " + MOST_ENTRIES);
        }
        long at = directory.begin;
        for (long i = 0; i < directory.entries; i++) {
            at = readEntry(at, directory);
        }
        refuseOverlaps();
    }

    /** Returns whether there is an entry of this name. */
    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** Returns the names of all entries. */
    List<String> names() {
        return List.copyOf(entries.keySet());
    }

    /**
     * Returns the bytes of an entry, unchecked.
     *
     * @throws FoveaException if there is none, or it is compressed
     */
    MemorySegment data(String name) {
        return entry(name).data;
    }

    /**
     * Compares an entry's bytes with its checksum.
     *
     * @throws FoveaException if they differ, or there is no such entry
     */
    void check(String name) {
        Entry entry = entry(name);
        CRC32 crc = new CRC32();
        for (long at = 0; at < entry.data.byteSize(); at += CHECKED_AT_ONCE) {
            long length = Math.min(CHECKED_AT_ONCE, entry.data.byteSize() - at);
            crc.update(entry.data.asSlice(at, length).asByteBuffer());
            HostMemory.dropPages(entry.data.asSlice(at, length));
        }
        if ((int) crc.getValue() != entry.checksum) {
            throw broken("the checksum of its entry " + Text.quote(name) + " is wrong");
        }
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw broken("it has no entry " + Text.quote(name));
        }
        if (!entry.plain) {
            throw new ModelException(
                    file + ": entry " + Text.quote(name) + " is compressed or encrypted, as PyTorch never"
                            + " writes it; unpack the file if the checkpoint is inside");
        }
        return entry;
    }

    private Directory directory() {
        long size = content.byteSize();
        for (long end = size - END_BYTES; end >= Math.max(0, size - END_BYTES - LONGEST_COMMENT); end--) {
            if (content.get(INT, end) == END_SIGNATURE && end + END_BYTES + unsigned16(end + 20) == size) {
                return directory(end);
            }
        }
        throw broken("its end is missing, as if a download was cut short");
    }

    private Directory directory(long end) {
        long entries = unsigned16(end + 10);
        long bytes = unsigned32(end + 12);
        long begin = unsigned32(end + 16);
        long limit = end;
        if (entries == IN_EXTRA_16 || bytes == IN_EXTRA_32 || begin == IN_EXTRA_32) {
            long locator = end - LOCATOR64_BYTES;
            if (locator >= 0 && content.get(INT, locator) == LOCATOR64_SIGNATURE) {
                long end64 = content.get(LONG, locator + 8);
                if (end64 < 0 || end64 > locator - END64_BYTES || content.get(INT, end64) != END64_SIGNATURE) {
                    throw broken("its zip64 end record is not where the file says");
                }
                entries = content.get(LONG, end64 + 32);
                bytes = content.get(LONG, end64 + 40);
                begin = content.get(LONG, end64 + 48);
                limit = end64;
            }
        }
        if (begin < 0 || bytes < 0 || entries < 0 || begin > limit || bytes > limit - begin) {
            throw broken("its central directory does not lie in the file");
        }
        return new Directory(begin, begin + bytes, entries);
    }

    private long readEntry(long at, Directory directory) {
        if (at > directory.end - CENTRAL_BYTES || content.get(INT, at) != CENTRAL_SIGNATURE) {
            throw broken("its central directory is shorter than it says");
        }
        int nameBytes = unsigned16(at + 28);
        int extraBytes = unsigned16(at + 30);
        long next = at + CENTRAL_BYTES + nameBytes + extraBytes + unsigned16(at + 32);
        if (next > directory.end) {
            throw broken("its central directory is shorter than it says");
        }
        if (nameBytes > LONGEST_NAME) {
            throw broken("an entry's name has " + nameBytes + " bytes, more than " + LONGEST_NAME);
        }
        String name = text(at + CENTRAL_BYTES, nameBytes);
        boolean plain = (unsigned16(at + 8) & ENCRYPTED) == 0 && unsigned16(at + 10) == 0;
        Extra extra = new Extra(at + CENTRAL_BYTES + nameBytes, extraBytes, name);
        long size = extra.orElse(unsigned32(at + 24));
        long stored = extra.orElse(unsigned32(at + 20));
        long begin = extra.orElse(unsigned32(at + 42));
        if (plain && size != stored) {
            throw broken("entry " + Text.quote(name) + " has two sizes, " + size + " and " + stored);
        }
        MemorySegment data = locate(name, begin, stored, directory);
        Entry entry = new Entry(name, begin, data, plain, content.get(INT, at + 16));
        if (entries.put(name, entry) != null) {
            throw broken("it has two entries " + Text.quote(name));
        }
        return next;
    }

    /** Follows an entry to its local header, whose name and extra field may have other lengths than the directory's. */
    private MemorySegment locate(String name, long begin, long size, Directory directory) {
        if (begin < 0 || begin > directory.begin - LOCAL_BYTES || content.get(INT, begin) != LOCAL_SIGNATURE) {
            throw broken("entry " + Text.quote(name) + " is not where the directory says");
        }
        int nameBytes = unsigned16(begin + 26);
        long data = begin + LOCAL_BYTES + nameBytes + unsigned16(begin + 28);
        if (size < 0 || data > directory.begin || size > directory.begin - data) {
            throw broken("entry " + Text.quote(name) + " is longer than the file");
        }
        if (!text(begin + LOCAL_BYTES, nameBytes).equals(name)) {
            throw broken("entry " + Text.quote(name) + " has another name at its place");
        }
        return content.asSlice(data, size);
    }

    /** Reads the zip64 extra field: values, in order, of those fields alone that are too small for them. */
    private final class Extra {
        private final String name;
        private long at;
        private long end;

        Extra(long from, int bytes, String name) {
            this.name = name;
            long limit = from + bytes;
            for (long field = from; field + 4 <= limit; field += 4 + unsigned16(field + 2)) {
                if (unsigned16(field) == ZIP64_EXTRA) {
                    at = field + 4;
                    end = Math.min(limit, at + unsigned16(field + 2));
                    return;
                }
            }
        }

        long orElse(long value) {
            if (value != IN_EXTRA_32) {
                return value;
            }
            if (at > end - Long.BYTES) {
                throw broken("entry " + Text.quote(name) + " lacks its zip64 sizes");
            }
            at += Long.BYTES;
            return content.get(LONG, at - Long.BYTES);
        }
    }

    private void refuseOverlaps() {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin));
        long covered = 0;
        for (Entry entry : sorted) {
            if (entry.begin < covered) {
                throw broken("entry " + Text.quote(entry.name) + " overlaps another");
            }
            covered = entry.data.address() - content.address() + entry.data.byteSize();
        }
    }

    private String text(long at, int bytes) {
        return new String(content.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private int unsigned16(long at) {
        return content.get(SHORT, at) & 0xFFFF;
    }

    private long unsigned32(long at) {
        return content.get(INT, at) & 0xFFFF_FFFFL;
    }

    private FoveaException broken(String reason) {
        return new ModelException(file + ": a broken zip file: " + reason + "; download it again");
    }
}
