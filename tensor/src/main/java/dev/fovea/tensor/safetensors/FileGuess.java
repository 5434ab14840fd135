package dev.fovea.tensor.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Says what a file that is not safetensors seems to be instead; the usual mistakes deserve their own advice. */
public final class FileGuess {

    private static final int LOOK_AT = 256;

    private FileGuess() {}

    /** Returns what is wrong and what to do, or null if the file looks like nothing known. */
    public static String describe(MemorySegment content) {
        int length = (int) Math.min(LOOK_AT, content.byteSize());
        byte[] start = content.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(start, StandardCharsets.ISO_8859_1);
        boolean readable = text.chars().noneMatch(c -> c == 0); // 60 as a header length is also a '<'
        String trimmed = readable ? text.stripLeading() : "";
        if (text.isEmpty()) {
            return "an empty file; download it again";
        }
        if (text.startsWith("version https://git-lfs")) {
            return "a git-lfs pointer, not the weights themselves; run 'git lfs pull' in its folder"
                    + " or download the file again";
        }
        if (trimmed.startsWith("<")) {
            return "an HTML or XML page, not weights (an error page saved by a download?); download the file again";
        }
        if (text.startsWith("PK\3\4")) {
            return "a zip file, probably a PyTorch checkpoint; convert it with Converter.convert(FILE, OUT)";
        }
        if (text.startsWith("\u0080\2")) {
            return "a Python pickle, probably a PyTorch checkpoint; convert it with Converter.convert(FILE, OUT)";
        }
        if (text.startsWith("GGUF")) {
            return "a GGUF file; use the checkpoint's safetensors file";
        }
        if (text.startsWith("\u0089HDF")) {
            return "an HDF5 file, probably of TensorFlow; use the checkpoint's safetensors file";
        }
        if (trimmed.startsWith("{")) {
            return "a JSON text, not weights; pass the safetensors file or its folder";
        }
        return null;
    }
}
