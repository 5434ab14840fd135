package dev.fovea.converter.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that somebody made to do harm, or that lie about themselves: each is refused with a line that says why. */
@Timeout(60)
class HostileFilesTest {

    @TempDir
    Path directory;

    private static final byte[] SIXTEEN_BYTES = new byte[16];

    private void refused(byte[] file, String... words) {
        Path path = Pickles.write(directory.resolve("file.pt"), file);
        FoveaException e = assertThrows(ModelException.class, () -> {
            try (PytorchFile opened = PytorchFile.open(path)) {
                opened.check();
            }
        });
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
    }

    private static byte[] zip(Pickles pickle) {
        return Pickles.zip(pickle.end(), Map.of("0", SIXTEEN_BYTES));
    }

    @Test
    void nothingIsRun() {
        refused(
                zip(new Pickles()
                        .global("os", "system")
                        .text("touch /tmp/owned")
                        .op(0x85)
                        .ops("R")),
                "\"os.system\"");
        refused(zip(new Pickles().global("posix", "system").text("id").op(0x85).ops("R")), "\"posix.system\"");
        refused(zip(new Pickles().global("builtins", "eval").text("1").op(0x85).ops("R")), "\"builtins.eval\"");
        refused(zip(new Pickles().global("torch", "load").text("x").op(0x85).ops("R")), "\"torch.load\"");
        refused(zip(new Pickles().text("os").text("system").op(0x93)), "\"os.system\"");
        refused(zip(new Pickles().text("builtins").text("__import__").op(0x93)), "\"builtins.__import__\"");
        refused(zip(new Pickles().global("subprocess", "Popen").ops(")\u0081")), "\"subprocess.Popen\"", "means harm");
        refused(zip(new Pickles().global("clip.model", "CLIP").ops(")\u0081")), "\"clip.model.CLIP\"", "state_dict()");
        refused(zip(new Pickles().ops("(S'id'\nios\nsystem\n")), "instruction 0x53");
        refused(zip(new Pickles().op(0x82, 1)), "instruction 0x82"); // a name by number
        refused(zip(new Pickles().global("torch", "FloatStorage").ops(")R")), "an object of \"torch.FloatStorage\"");
        refused(zip(new Pickles().global("torch", "Size").ops(")\u0081")), "an object of \"torch.Size\"");
        refused(zip(new Pickles().text("a\nb").text("c").op(0x93).ops(")\u0081")), "an object of \"a\\u000ab.c\"");
    }

    /** Harm beside sound weights is no less harm: other tools would run it. */
    @Test
    void nothingIsRunBesideTheWeights() {
        refused(
                zip(besideTheWeights()
                        .text("x")
                        .global("os", "system")
                        .text("id")
                        .op(0x85)
                        .ops("Ru")),
                "\"os.system\"",
                "means harm");
    }

    /** Objects of any class, their items and attributes, which may hold one another, beside the weights. */
    @Test
    void whatIsNotKnownIsPassedOver() {
        Pickles pickle = besideTheWeights();
        pickle.text("made").global("numpy", "dtype").text("f4").op(0x85).ops("R");
        pickle.text("created")
                .global("a.b", "C")
                .ops(")\u0081q\1}")
                .text("itself")
                .ops("h\1sb");
        pickle.text("method")
                .global("builtins", "getattr")
                .ops("h\1")
                .text("m")
                .op(0x86)
                .ops("R)R");
        pickle.text("list").global("a", "List").ops(")\u0081(NNe").ops("Na");
        pickle.text("dictionary").global("a", "Map").ops(")\u0081(").text("k").ops("Nu");
        pickle.text("set").op(0x8f).ops("(NN").op(0x90);
        pickle.text("frozen").ops("(N").op(0x91);
        pickle.text("keywords").global("a", "K").ops(")}").op(0x92);
        pickle.text("popped").ops("N(NN1N0");
        Path path = Pickles.write(directory.resolve("file.pt"), zip(pickle.ops("u")));
        try (PytorchFile file = PytorchFile.open(path)) {
            assertEquals(Map.of("w", Shape.of(4)), shapes(file));
        }
    }

    private static Map<String, Shape> shapes(PytorchFile file) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        file.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return shapes;
    }

    /** An open dictionary with weights in {@code state_dict}. */
    private static Pickles besideTheWeights() {
        return new Pickles()
                .ops("}(")
                .text("state_dict")
                .ops("}(")
                .tensor("w", "0", 4, 0, new long[] {4}, new long[] {1})
                .ops("u");
    }

    @Test
    void weightsThatAreNotKnown() {
        String[] makers = {"_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_meta_tensor_no_storage"};
        for (String maker : makers) {
            Pickles pickle = new Pickles().ops("}(").text("w").global("torch._utils", maker);
            refused(zip(pickle.ops(")Ru")), "tensor \"w\" is of \"torch._utils." + maker + "\"");
        }
        Pickles own = new Pickles().ops("}(").text("w").global("torch._tensor", "_rebuild_from_type_v2");
        own.global("torch._utils", "_rebuild_tensor_v2")
                .global("bitsandbytes.nn", "Params4bit")
                .ops(")}(tR");
        refused(zip(own.ops("u")), "broken pickle");
        refused(
                zip(new Pickles().ops("}").text("model").global("a", "Net").ops(")\u0081s")),
                "its weights are an object of \"a.Net\"",
                "state_dict()");
        refused(
                zip(new Pickles()
                        .ops("}")
                        .text("state_dict")
                        .global("a", "Dict")
                        .ops(")\u0081(")
                        .text("w")
                        .ops("Nus")),
                "an object of \"a.Dict\"");
        refused(zip(new Pickles().ops("}").text("shadow_params").ops("]s")), "running averages without names");
    }

    @Test
    void machinesThatDoNotStop() {
        refused(zip(new Pickles().repeat(2_100_000, "N0").ops("N")), "more than 2000000 instructions");
        refused(zip(new Pickles().op('(').repeat(2_100_000, "]")), "more than 2000000 instructions");
        refused(zip(new Pickles().ops("]q\0").repeat(1_000_000, "h\0a").ops("h\0a")), "instructions");
        refused(zip(new Pickles().ops("N").repeat(500_000, "\u0085")), "no dictionary of named tensors");
        refused(zip(new Pickles().ops("]").repeat(500_000, "]").repeat(500_000, "a")), "no dictionary");
        refused(zip(new Pickles().op('X', 0xff, 0xff, 0xff, 0x7f)), "ends in the middle");
        refused(zip(new Pickles().op('X', 0xff, 0xff, 0xff, 0xff)), "a length of more than 2 GiB");
        refused(zip(new Pickles().op('h', 3)), "memo 3");
        refused(zip(new Pickles().ops("a")), "values are needed");
        refused(zip(new Pickles().ops("NN")), "values are left over");
    }

    /** A dictionary inside itself, and modules of which each holds the next twice: 2^40 names in a kilobyte. */
    @Test
    void valuesThatHoldThemselves() {
        refused(zip(new Pickles().ops("}q\0").text("state_dict").ops("h\0s")), "no dictionary of named tensors");
        refused(zip(sharedModules(40)), "more than 50000 tensors");
        refused(zip(selfModule()), "nested more than 100 deep");
    }

    /** The outermost of modules of which each holds the next twice. */
    private static Pickles sharedModules(int depth) {
        Pickles pickle = new Pickles();
        for (int i = 0; i < depth; i++) {
            pickle.global("__torch__", "M").ops(")\u0081}(").text("a");
        }
        pickle.ops("N");
        for (int i = 0; i < depth; i++) {
            pickle.op('q', i).text("b").op('h', i).ops("ub");
        }
        return pickle;
    }

    private static Pickles selfModule() {
        return new Pickles()
                .global("__torch__", "M")
                .ops(")\u0081q\0}")
                .text("a")
                .ops("h\0sb");
    }

    @Test
    void tensorsOutsideTheirStorage() {
        refused(tensor(4, 0, new long[] {5}, new long[] {1}), "does not lie in its storage");
        refused(tensor(4, 1, new long[] {4}, new long[] {1}), "does not lie in its storage");
        refused(tensor(4, -1, new long[] {4}, new long[] {1}), "does not lie in its storage");
        refused(tensor(4, 3, new long[] {2}, new long[] {-1}), "does not lie in its storage");
        refused(tensor(4, 0, new long[] {-4}, new long[] {1}), "negative extent");
        refused(tensor(4, 0, new long[] {1L << 40}, new long[] {0}), "does not lie in its storage");
        refused(tensor(4, 0, new long[] {1L << 32, 1L << 32}, new long[] {1, 1}), "more than 2^63 elements");
        refused(tensor(4, 0, new long[] {2, 2}, new long[] {Long.MAX_VALUE, 1}), "does not lie in its storage");
        refused(tensor(4, Long.MAX_VALUE, new long[] {2}, new long[] {1}), "does not lie in its storage");
        refused(tensor(4, 0, new long[] {2}, new long[] {1, 1}), "1 sizes and 2 strides");
        refused(tensor(5, 0, new long[] {2}, new long[] {1}), "has 16 bytes, but should have 20");
        refused(tensor(-4, 0, new long[] {2}, new long[] {1}), "has -4 elements");
        refused(tensor(1L << 62, 0, new long[] {2}, new long[] {1}), "elements");
    }

    private static byte[] tensor(long elements, long offset, long[] sizes, long[] strides) {
        return zip(new Pickles()
                .ops("}(")
                .tensor("weight", "0", elements, offset, sizes, strides)
                .ops("u"));
    }

    private static byte[] sound() {
        return tensor(4, 0, new long[] {2, 2}, new long[] {1, 2});
    }

    @Test
    void aSoundOne() {
        Path path = Pickles.write(directory.resolve("file.pt"), sound());
        try (PytorchFile file = PytorchFile.open(path)) {
            file.check();
            TensorView tensor = file.tensors().get("weight");
            assertEquals(Shape.of(2, 2), tensor.shape());
            MemorySegment copy = MemorySegment.ofArray(new float[4]);
            tensor.copyTo(0, copy);
            assertArrayEquals(new float[4], copy.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void zipFilesThatLie() {
        byte[] whole = sound();
        int end = whole.length - 22;
        ByteBuffer numbers = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        int directoryStart = numbers.getInt(end + 16);
        refused(changed(whole, end + 10, 2, 3), "central directory is shorter");
        refused(changed(whole, end + 16, 4, 0xFFFF_FFF0L), "does not lie in the file");
        refused(changed(whole, end + 12, 4, 0x7FFF_FFFFL), "does not lie in the file");
        refused(changed(whole, directoryStart + 42, 4, 0x7FFF_FFFFL), "is not where the directory says");
        refused(changed(whole, directoryStart + 24, 4, 0x7FFF_FFFFL), "has two sizes");
        refused(changed(whole, directoryStart + 24, 4, 0xFFFF_FFFFL), "lacks its zip64 sizes");
        refused(changed(whole, directoryStart + 10, 2, 8), "is compressed or encrypted");
        refused(changed(whole, directoryStart + 8, 2, 1), "is compressed or encrypted");
        refused(changed(whole, directoryStart + 46, 1, 'x'), "has another name at its place");
        refused(changed(whole, 40, 1, 'x'), "has another name at its place");
        refused(changed(whole, 60, 1, 0xFF), "checksum of its entry \"archive/data.pkl\" is wrong");
        refused(changed(whole, directoryStart - 3, 1, 1), "checksum of its entry \"archive/data/0\" is wrong");
        refused(Arrays.copyOf(whole, whole.length - 1), "its end is missing");
        refused(new byte[] {'P', 'K', 3, 4}, "its end is missing");
        refused(new byte[0], "empty file");
    }

    /** Two names for one place: what one of them is checked for the other could change. */
    @Test
    void overlappingEntries() {
        byte[] whole = sound();
        ByteBuffer numbers = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        int directoryStart = numbers.getInt(whole.length - 6);
        int pickleBytes = numbers.getInt(directoryStart + 24);
        byte[] longer = changed(whole, directoryStart + 24, 4, pickleBytes + 8);
        refused(changed(longer, directoryStart + 20, 4, pickleBytes + 8), "overlaps another");
    }

    /** Names that would lead out of a folder, if anybody unpacked them: nobody does, and nobody looks them up. */
    @Test
    void namesThatLeadElsewhere() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("../../etc/data.pkl", new Pickles().ops("}").end());
        refused(Pickles.stored(entries), "it has 0 files FOLDER/data.pkl");
        byte[] pickle = new Pickles()
                .ops("}(")
                .tensor("weight", "../../../etc/passwd", 4, 0, new long[] {4}, new long[] {1})
                .ops("u")
                .end();
        refused(Pickles.zip(pickle, Map.of("0", SIXTEEN_BYTES)), "it has no entry");
    }

    @Test
    void zip64() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/data.pkl", new Pickles().ops("}").end());
        byte[] whole = Pickles.stored(entries);
        int end = whole.length - 22;
        ByteBuffer file = ByteBuffer.allocate(whole.length + 76).order(ByteOrder.LITTLE_ENDIAN);
        int directoryStart =
                ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(end + 16);
        file.put(whole, 0, end);
        file.putInt(0x06064b50).putLong(44).putInt(0).putLong(0).putLong(1).putLong(1);
        file.putLong(end - directoryStart).putLong(directoryStart);
        file.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
        file.put(whole, end, 22);
        byte[] zip64 = changed(file.array(), file.capacity() - 6, 4, 0xFFFF_FFFFL);
        refused(zip64, "no dictionary of named tensors"); // that is: it was read
        refused(changed(zip64, end + 48, 8, Long.MAX_VALUE), "does not lie in the file");
        refused(changed(zip64, end + 40, 8, -1), "does not lie in the file");
        refused(changed(zip64, end + 32, 8, 1L << 40), "entries, more than");
        refused(changed(zip64, end + 56 + 8, 8, -5), "zip64 end record");
        refused(changed(zip64, end + 56 + 8, 8, 3), "zip64 end record");
    }

    @Test
    void byteOrders() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/data.pkl", new Pickles().ops("}").end());
        entries.put("a/byteorder", "big".getBytes());
        refused(Pickles.stored(entries), "byte order is \"big\"");
    }

    @Test
    void otherFiles() {
        refused("<!DOCTYPE html>".getBytes(), "an HTML or XML page");
        refused("version https://git-lfs.github.com/spec/v1\noid sha256:00".getBytes(), "git-lfs pointer");
        refused(new byte[100], "not a PyTorch checkpoint");
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(), 0, tar, 257, 5);
        refused(tar, "a tar file");
        refused(new Pickles().number(7).end(), "a Python pickle");
    }

    private static byte[] changed(byte[] file, int at, int bytes, long value) {
        byte[] changed = file.clone();
        for (int i = 0; i < bytes; i++) {
            changed[at + i] = (byte) (value >> 8 * i);
        }
        return changed;
    }
}
