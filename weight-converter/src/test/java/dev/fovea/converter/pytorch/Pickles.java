package dev.fovea.converter.pytorch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes pickles instruction by instruction, and files of PyTorch around them: those that torch.save would never write.
 */
public final class Pickles {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public Pickles() {
        op(0x80, 2);
    }

    public Pickles op(int... codes) {
        for (int code : codes) {
            bytes.write(code);
        }
        return this;
    }

    public Pickles ops(String codes) {
        bytes.writeBytes(codes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    public Pickles repeat(int times, String codes) {
        for (int i = 0; i < times; i++) {
            ops(codes);
        }
        return this;
    }

    public Pickles global(String module, String name) {
        return ops("c" + module + "\n" + name + "\n");
    }

    public Pickles text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.write('X');
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(utf8.length)
                .array());
        bytes.writeBytes(utf8);
        return this;
    }

    public Pickles number(long number) {
        op(0x8a, 8);
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array());
        return this;
    }

    public Pickles numbers(long... numbers) {
        op('(');
        for (long number : numbers) {
            number(number);
        }
        return op('t');
    }

    /** A storage of f32. */
    public Pickles storage(String key, long elements) {
        op('(').text("storage").global("torch", "FloatStorage").text(key).text("cpu");
        return number(elements).ops("tQ");
    }

    /** A tensor of f32, to be put into a dictionary that is open. */
    public Pickles tensor(String name, String key, long elements, long offset, long[] sizes, long[] strides) {
        text(name).global("torch._utils", "_rebuild_tensor_v2").op('(').storage(key, elements);
        number(offset).numbers(sizes).numbers(strides).op(0x89).global("collections", "OrderedDict");
        return ops(")RtR");
    }

    public byte[] end() {
        return op('.').bytes.toByteArray();
    }

    /** A file as torch.save writes it. */
    public static byte[] zip(byte[] pickle, Map<String, byte[]> storages) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("archive/data.pkl", pickle);
        storages.forEach((key, data) -> entries.put("archive/data/" + key, data));
        return stored(entries);
    }

    /** A zip file without compression. */
    public static byte[] stored(Map<String, byte[]> entries) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry header = new ZipEntry(entry.getKey());
                CRC32 crc = new CRC32();
                crc.update(entry.getValue());
                header.setSize(entry.getValue().length);
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }

    public static Path write(Path file, byte[] content) {
        try {
            return Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
