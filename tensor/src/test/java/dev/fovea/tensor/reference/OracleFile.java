package dev.fovea.tensor.reference;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON files of the oracle: objects, lists, plain strings, numbers, true, false and null, as written by
 * Python.
 */
final class OracleFile {

    private final String text;
    private int at;

    private OracleFile(String text) {
        this.text = text;
    }

    /** One case of a file: its fields by name. */
    record Case(Map<String, Object> fields) {

        String name() {
            return (String) fields.get("name");
        }

        boolean has(String field) {
            return fields.get(field) != null;
        }

        boolean flag(String field) {
            return (boolean) fields.get(field);
        }

        double number(String field) {
            return (double) fields.get(field);
        }

        int integer(String field) {
            return (int) number(field);
        }

        double[] numbers(String field) {
            return OracleFile.numbers(fields.get(field));
        }

        int[] integers(String field) {
            double[] numbers = numbers(field);
            int[] integers = new int[numbers.length];
            for (int i = 0; i < integers.length; i++) {
                integers[i] = (int) numbers[i];
            }
            return integers;
        }

        float[] floats(String field) {
            double[] numbers = numbers(field);
            float[] floats = new float[numbers.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) numbers[i];
            }
            return floats;
        }
    }

    /** The outermost object of a file. */
    static Case read(String name) {
        try (InputStream in = OracleFile.class.getResourceAsStream("oracle/" + name)) {
            OracleFile file = new OracleFile(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return asCase(file.value());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A list of objects in a file. */
    static List<Case> cases(String name, String field) {
        return ((List<?>) read(name).fields.get(field))
                .stream().map(OracleFile::asCase).toList();
    }

    static double[] numbers(Object list) {
        return ((List<?>) list).stream().mapToDouble(Double.class::cast).toArray();
    }

    @SuppressWarnings("unchecked")
    private static Case asCase(Object value) {
        return new Case((Map<String, Object>) value);
    }

    private char next() {
        while (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == ',' || text.charAt(at) == ':') {
            at++;
        }
        return text.charAt(at);
    }

    private Object value() {
        switch (next()) {
            case '{' -> {
                at++;
                Map<String, Object> fields = new LinkedHashMap<>();
                while (next() != '}') {
                    String name = (String) value();
                    fields.put(name, value());
                }
                at++;
                return fields;
            }
            case '[' -> {
                at++;
                List<Object> list = new ArrayList<>();
                while (next() != ']') {
                    list.add(value());
                }
                at++;
                return list;
            }
            case '"' -> {
                int end = text.indexOf('"', at + 1);
                String string = text.substring(at + 1, end);
                at = end + 1;
                return string;
            }
            default -> {
                int end = at;
                while (",]} \n".indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                String word = text.substring(at, end);
                at = end;
                return switch (word) {
                    case "true" -> true;
                    case "false" -> false;
                    case "null" -> null;
                    default -> Double.valueOf(word);
                };
            }
        }
    }
}
