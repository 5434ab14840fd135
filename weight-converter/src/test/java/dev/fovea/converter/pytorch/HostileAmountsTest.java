package dev.fovea.converter.pytorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Small files that ask for much time or memory, each in another way: refused early. */
@Timeout(60)
class HostileAmountsTest {

    private static final long MOST_ALLOCATED = 512L << 20;

    @TempDir
    Path directory;

    private void refused(Path path, String complaint) {
        long before = allocated();
        FoveaException e =
                assertThrows(ModelException.class, () -> PytorchFile.open(path).close());
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        long allocated = allocated() - before;
        assertTrue(allocated < MOST_ALLOCATED, "took " + allocated + " bytes");
    }

    private void refused(byte[] file, String complaint) {
        refused(Pickles.write(directory.resolve("file.pt"), file), complaint);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Half a million attributes, given to one module after another: each takes one instruction. */
    @Test
    void attributesGivenAgainAndAgain() {
        Pickles pickle = new Pickles().global("__torch__", "M").ops(")\u0081").ops("}q\0(");
        for (int i = 0; i < 300_000; i++) {
            pickle.text(Integer.toString(i)).ops("N");
        }
        pickle.ops("ub").repeat(500_000, "h\0b");
        refused(Pickles.zip(pickle.end(), Map.of()), "more than 2000000 instructions");
    }

    /**
     * Modules that hold one another, so that a few bytes name a quarter of a million things by a thousand letters each.
     */
    @Test
    void longNamesOfSharedModules() {
        String name = "a".repeat(50);
        refused(Pickles.zip(sharedModules(name).end(), Map.of()), "more than 50000 tensors");
    }

    private static Pickles sharedModules(String name) {
        int depth = 18;
        Pickles pickle = new Pickles();
        for (int i = 0; i < depth; i++) {
            pickle.global("__torch__", "M").ops(")\u0081}(").text("a" + name);
        }
        pickle.ops("N");
        for (int i = 0; i < depth; i++) {
            pickle.op('q', i).text("b" + name).op('h', i).ops("ub");
        }
        return pickle;
    }

    /** A text of gigabytes in a file with a hole, which takes no place on the disk. */
    @Test
    void longTexts() throws IOException {
        byte[] magic = {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a};
        byte[] rest = {(byte) 0xa8, 0x50, 0x19, '.', (byte) 0x80, 2, 'X', 0, 0, 0, 0x7f};
        Path path = directory.resolve("hole.pt");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(magic));
            file.write(ByteBuffer.wrap(rest));
            file.write(ByteBuffer.wrap(new byte[1]), 3L << 30);
        }
        refused(path, "ends in the middle");
        Files.delete(path);
    }

    @Test
    void longNamesOfEntries() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/data.pkl", new Pickles().ops("}").end());
        entries.put("a/" + "x".repeat(2000), new byte[0]);
        refused(Pickles.stored(entries), "an entry's name has 2002 bytes");
    }

    @Test
    void emptyTensorsFarAway() {
        byte[] pickle = new Pickles()
                .ops("}(")
                .tensor("weight", "0", 4, Long.MAX_VALUE / 2, new long[] {0, 3}, new long[] {3, 1})
                .ops("u")
                .end();
        refused(Pickles.zip(pickle, Map.of("0", new byte[16])), "does not lie in its storage");
    }
}
