package dev.fovea.tensor.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON header of a safetensors file into plain values; what the numbers mean together is checked by
 * {@link HeaderRules}. Everything is streamed, so that memory grows with what the header really holds.
 */
final class HeaderParser {

    /** One entry of the header; extents and offsets are unsigned 64-bit numbers. */
    record Tensor(String name, StoredType type, long[] extents, long begin, long end) {}

    /** A whole header. */
    record Header(Map<String, String> metadata, List<Tensor> tensors) {}

    /** numpy and torch stop at 64 as well; without a limit one shape could fill memory. */
    private static final int MOST_EXTENTS = 64;

    private static final long[] NONE = {};

    /**
     * No symbol table: names are unique, so it would only cost time, and it can be made to overflow. Limits on single strings
     * are those of the whole header.
     */
    static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNameLength((int) SafetensorsFile.LARGEST_HEADER)
                    .maxStringLength((int) SafetensorsFile.LARGEST_HEADER)
                    .build())
            .build();

    private final String file;
    private final JsonParser parser;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    private HeaderParser(String file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * Parses a header.
     *
     * @param file path for messages
     * @param text the header, decoded strictly from UTF-8
     * @throws FoveaException if it is not UTF-8, not JSON, not of the form that the format wants, or names a tensor twice
     */
    static Header parse(String file, Reader text) {
        try (JsonParser parser = JSON.createParser(text)) {
            HeaderParser header = new HeaderParser(file, parser);
            header.readRoot();
            return new Header(header.metadata, header.tensors);
        } catch (CharacterCodingException e) {
            throw new FoveaException(broken(file, "its header is not UTF-8 text"), e);
        } catch (JsonProcessingException e) {
            long position = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
            String where = position < 0 ? "" : " at character " + position;
            throw new FoveaException(broken(file, "its header is not valid JSON" + where), e);
        } catch (IOException e) {
            throw new FoveaException(broken(file, "its header cannot be read: " + e.getMessage()), e);
        }
    }

    /** The one form of every complaint about a file. */
    static String broken(String file, String reason) {
        return file + ": not a valid safetensors file: " + reason + "; download or convert it again";
    }

    static String broken(String file, String tensor, String reason) {
        return broken(file, "tensor " + Text.quote(tensor) + ": " + reason);
    }

    private void readRoot() throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new FoveaException(broken(file, "its header is not a JSON object"));
        }
        Set<String> names = new HashSet<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            checkText(name);
            if (!names.add(name)) {
                throw new FoveaException(broken(file, "its header names " + Text.quote(name) + " twice"));
            }
            checkCount(names.size());
            if (name.equals("__metadata__")) {
                readMetadata();
            } else {
                readTensor(name);
            }
        }
        if (parser.nextToken() != null) {
            throw new FoveaException(broken(file, "its header goes on after the JSON object"));
        }
    }

    private void readMetadata() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.VALUE_NULL) {
            return;
        }
        if (first != JsonToken.START_OBJECT) {
            throw new FoveaException(broken(file, "its __metadata__ is not a JSON object"));
        }
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new FoveaException(broken(file, "__metadata__ " + Text.quote(key) + " is not a string"));
            }
            checkText(key);
            checkText(parser.getText());
            if (metadata.put(key, parser.getText()) != null) {
                throw new FoveaException(broken(file, "its __metadata__ names " + Text.quote(key) + " twice"));
            }
            checkCount(metadata.size());
        }
    }

    private void checkCount(int names) {
        if (names > SafetensorsFile.MOST_NAMES) {
            throw new FoveaException(broken(file, "its header has more than " + SafetensorsFile.MOST_NAMES + " names"));
        }
    }

    private void checkText(String text) {
        if (!Text.isWellFormed(text)) {
            throw new FoveaException(broken(file, "its header escapes half a character in " + Text.quote(text)));
        }
    }

    private void readTensor(String name) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new FoveaException(broken(file, name, "its entry is not a JSON object"));
        }
        StoredType type = null;
        long[] extents = null;
        long[] offsets = null;
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
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
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
            if (again) {
                throw new FoveaException(broken(file, name, "its entry has two of " + key));
            }
        }
        if (type == null || extents == null || offsets == null) {
            String missing = type == null ? "dtype" : extents == null ? "shape" : "data_offsets";
            throw new FoveaException(broken(file, name, "its entry has no " + missing));
        }
        if (offsets.length != 2) {
            throw new FoveaException(
                    broken(file, name, "data_offsets has " + offsets.length + " numbers, expected begin and end"));
        }
        tensors.add(new Tensor(name, type, extents, offsets[0], offsets[1]));
    }

    private StoredType readType(String tensor) throws IOException {
        if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw new FoveaException(broken(file, tensor, "its dtype is not a string"));
        }
        StoredType type = StoredType.named(parser.getText());
        if (type == null) {
            throw new FoveaException(broken(file, tensor, "unknown dtype " + Text.quote(parser.getText())));
        }
        return type;
    }

    /** A list of unsigned 64-bit numbers. */
    private long[] readNumbers(String tensor, String field) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw new FoveaException(broken(file, tensor, "its " + field + " is not a list"));
        }
        long[] numbers = NONE;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.VALUE_NUMBER_INT || parser.getTextCharacters()[parser.getTextOffset()] == '-') {
                throw new FoveaException(
                        broken(file, tensor, "its " + field + " holds something other than whole numbers from 0 on"));
            }
            if (numbers.length == MOST_EXTENTS) {
                throw new FoveaException(
                        broken(file, tensor, "its " + field + " has more than " + MOST_EXTENTS + " numbers"));
            }
            numbers = Arrays.copyOf(numbers, numbers.length + 1);
            numbers[numbers.length - 1] = readNumber(tensor, field);
        }
        return numbers;
    }

    private long readNumber(String tensor, String field) throws IOException {
        try {
            return Long.parseUnsignedLong(parser.getText());
        } catch (NumberFormatException e) {
            throw new FoveaException(broken(file, tensor, "a number of its " + field + " overflows 64 bits"), e);
        }
    }
}
