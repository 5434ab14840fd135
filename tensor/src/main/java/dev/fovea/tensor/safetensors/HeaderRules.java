package dev.fovea.tensor.safetensors;

import static dev.fovea.tensor.safetensors.HeaderParser.broken;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.HeaderParser.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Checks how the tensors of a header relate to each other and to the file, as the reference implementation does
 * (huggingface/safetensors, {@code Metadata::validate} in tensor.rs): in order of their offsets the tensors cover the
 * data without hole, overlap or remainder, and each is exactly as long as its dtype and shape say. All integers are
 * unsigned.
 */
final class HeaderRules {

    private HeaderRules() {}

    /**
     * Checks every rule.
     *
     * @param file path for messages
     * @param tensors entries in any order
     * @param dataBytes bytes between the header and the end of the file
     * @return the entries in order of their offsets
     * @throws FoveaException naming file, tensor and reason
     */
    static List<Tensor> check(String file, List<Tensor> tensors, long dataBytes) {
        List<Tensor> sorted = new ArrayList<>(tensors);
        sorted.sort(HeaderRules::compareOffsets);
        long covered = 0;
        for (Tensor tensor : sorted) {
            checkPlace(file, tensor, covered);
            checkSize(file, tensor);
            covered = tensor.end();
        }
        if (covered != dataBytes) {
            String kind = Long.compareUnsigned(covered, dataBytes) > 0
                    ? "it is incomplete"
                    : "bytes trail after the last tensor";
            throw new ModelException(broken(
                    file,
                    kind + ": its tensors need " + Long.toUnsignedString(covered) + " bytes of data, the file has "
                            + dataBytes));
        }
        return sorted;
    }

    /** Returns the shape of a tensor whose extents have been checked. */
    static Shape shape(Tensor tensor) {
        return new Shape(tensor.extents());
    }

    private static int compareOffsets(Tensor a, Tensor b) {
        int begins = Long.compareUnsigned(a.begin(), b.begin());
        return begins != 0 ? begins : Long.compareUnsigned(a.end(), b.end());
    }

    private static void checkPlace(String file, Tensor tensor, long covered) {
        int order = Long.compareUnsigned(tensor.begin(), covered);
        boolean backwards = Long.compareUnsigned(tensor.end(), tensor.begin()) < 0;
        if (order == 0 && !backwards) {
            return;
        }
        String reason = order > 0
                ? "leave a hole after byte " + Long.toUnsignedString(covered)
                : order < 0 ? "overlap another tensor" : "end before they begin";
        throw new ModelException(broken(
                file,
                tensor.name(),
                "data_offsets [" + Long.toUnsignedString(tensor.begin()) + ", " + Long.toUnsignedString(tensor.end())
                        + "] " + reason));
    }

    private static void checkSize(String file, Tensor tensor) {
        long elements = 1;
        for (long extent : tensor.extents()) {
            elements = multiply(file, tensor, elements, extent);
            // An extent that Java cannot count to is only legal beside a zero; nobody stores such a tensor.
            if (extent < 0) {
                throw overflow(file, tensor);
            }
        }
        long bits = multiply(file, tensor, elements, tensor.type().bits());
        if (bits % 8 != 0) {
            throw new ModelException(broken(file, tensor.name(), describe(tensor) + " does not fill whole bytes"));
        }
        long needed = bits >>> 3;
        long stored = tensor.end() - tensor.begin();
        if (needed != stored) {
            throw new ModelException(broken(
                    file,
                    tensor.name(),
                    describe(tensor) + " needs " + needed + " bytes, but its data_offsets hold "
                            + Long.toUnsignedString(stored)));
        }
    }

    private static long multiply(String file, Tensor tensor, long a, long b) {
        if (Math.unsignedMultiplyHigh(a, b) != 0) {
            throw overflow(file, tensor);
        }
        return a * b;
    }

    private static FoveaException overflow(String file, Tensor tensor) {
        return new ModelException(
                broken(file, tensor.name(), "the size of " + describe(tensor) + " overflows 64 bits"));
    }

    private static String describe(Tensor tensor) {
        return tensor.type() + " "
                + Arrays.stream(tensor.extents())
                        .mapToObj(Long::toUnsignedString)
                        .collect(Collectors.joining(", ", "[", "]"));
    }
}
