package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON header of a safetensors file into plain values; {@link HeaderRules} checks what they mean together.
 * Memory grows with what the header really holds.
 */
final class HeaderParser {

    /** Holds one entry of the header; extents and offsets are unsigned 64-bit integers. */
    record Tensor(String name, StoredType type, long[] extents, long begin, long end) {}

    /** Holds a whole header. */
    record Header(Map<String, String> metadata, List<Tensor> tensors) {}

    /** numpy and torch stop at 64 as well; without a limit one shape could fill memory. */
    private static final int MOST_EXTENTS = 64;

    private static final long[] NONE = {};

    private final String file;
    private final JsonReader json;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    private HeaderParser(String file, JsonReader json) {
        this.file = file;
        this.json = json;
    }

    /**
     * Parses a header.
     *
     * @param file path for messages
     * @throws ModelException if it is not UTF-8, not JSON, not of the form that the format wants, or names a tensor
     *     twice
     */
    static Header parse(String file, byte[] bytes) {
        JsonReader json = JsonReader.strict(
                bytes, reason -> new ModelException(broken(file, "its header is unreadable, " + reason)));
        HeaderParser parser = new HeaderParser(file, json);
        parser.readRoot();
        return new Header(parser.metadata, parser.tensors);
    }

    /** Returns a complaint about a file, in the one form that all of them have. */
    static String broken(String file, String reason) {
        return file + ": not a valid safetensors file: " + reason + "; download or convert it again";
    }

    static String broken(String file, String tensor, String reason) {
        return broken(file, "tensor " + Text.quote(tensor) + ": " + reason);
    }

    private void readRoot() {
        open('{', "its header is not a JSON object");
        Set<String> names = new HashSet<>();
        for (boolean first = true; json.hasNext(first, '}'); first = false) {
            String name = json.name();
            if (!names.add(name)) {
                throw new ModelException(broken(file, "its header names " + Text.quote(name) + " twice"));
            }
            checkCount(names.size());
            if (name.equals("__metadata__")) {
                readMetadata();
            } else {
                readTensor(name);
            }
        }
        if (!json.atEnd()) {
            throw new ModelException(broken(file, "its header goes on after the JSON object"));
        }
    }

    private void readMetadata() {
        if (json.peek() == 'n') {
            json.word("null");
            return;
        }
        open('{', "its __metadata__ is not a JSON object");
        for (boolean first = true; json.hasNext(first, '}'); first = false) {
            String key = json.name();
            require('"', "__metadata__ " + Text.quote(key) + " is not a string");
            if (metadata.put(key, json.string()) != null) {
                throw new ModelException(broken(file, "its __metadata__ names " + Text.quote(key) + " twice"));
            }
            checkCount(metadata.size());
        }
    }

    private void readTensor(String name) {
        if (json.peek() != '{') {
            throw new ModelException(broken(file, name, "its entry is not a JSON object"));
        }
        json.expect('{');
        StoredType type = null;
        long[] extents = null;
        long[] offsets = null;
        for (boolean first = true; json.hasNext(first, '}'); first = false) {
            String key = json.name();
            boolean again;
            switch (key) {
                case "dtype" -> {
                    again = type != null;
                    type = readType(name);
                }
                case "shape" -> {
                    again = extents != null;
                    extents = readNumbers(name, "shape");
                }
                case "data_offsets" -> {
                    again = offsets != null;
                    offsets = readNumbers(name, "data_offsets");
                }
                default -> {
                    again = false; // later versions of the format may say more about a tensor
                    json.skipValue();
                }
            }
            if (again) {
                throw new ModelException(broken(file, name, "its entry has two of " + key));
            }
        }
        if (type == null || extents == null || offsets == null) {
            String missing = type == null ? "dtype" : extents == null ? "shape" : "data_offsets";
            throw new ModelException(broken(file, name, "its entry has no " + missing));
        }
        if (offsets.length != 2) {
            throw new ModelException(
                    broken(file, name, "data_offsets has " + offsets.length + " numbers, expected begin and end"));
        }
        tensors.add(new Tensor(name, type, extents, offsets[0], offsets[1]));
    }

    private StoredType readType(String tensor) {
        if (json.peek() != '"') {
            throw new ModelException(broken(file, tensor, "its dtype is not a string"));
        }
        String name = json.string();
        StoredType type = StoredType.named(name);
        if (type == null) {
            throw new ModelException(broken(file, tensor, "unknown dtype " + Text.quote(name)));
        }
        return type;
    }

    /** Reads a list of unsigned 64-bit integers. */
    private long[] readNumbers(String tensor, String field) {
        if (json.peek() != '[') {
            throw new ModelException(broken(file, tensor, "its " + field + " is not a list"));
        }
        json.expect('[');
        long[] numbers = NONE;
        for (boolean first = true; json.hasNext(first, ']'); first = false) {
            if (numbers.length == MOST_EXTENTS) {
                throw new ModelException(
                        broken(file, tensor, "its " + field + " has more than " + MOST_EXTENTS + " numbers"));
            }
            numbers = Arrays.copyOf(numbers, numbers.length + 1);
            numbers[numbers.length - 1] = readNumber(tensor, field);
        }
        return numbers;
    }

    private long readNumber(String tensor, String field) {
        char start = json.peek();
        String number = start >= '0' && start <= '9' ? json.number() : "-";
        for (int i = 0; i < number.length(); i++) {
            if (number.charAt(i) < '0' || number.charAt(i) > '9') {
                throw new ModelException(
                        broken(file, tensor, "its " + field + " holds something other than whole numbers from 0 on"));
            }
        }
        try {
            return Long.parseUnsignedLong(number);
        } catch (NumberFormatException e) {
            throw new ModelException(broken(file, tensor, "a number of its " + field + " overflows 64 bits"));
        }
    }

    private void open(char bracket, String complaint) {
        require(bracket, complaint);
        json.expect(bracket);
    }

    private void require(char next, String complaint) {
        if (json.peek() != next) {
            throw new ModelException(broken(file, complaint));
        }
    }

    private void checkCount(int names) {
        if (names > SafetensorsFile.MOST_NAMES) {
            throw new ModelException(broken(file, "its header has more than " + SafetensorsFile.MOST_NAMES + " names"));
        }
    }
}
