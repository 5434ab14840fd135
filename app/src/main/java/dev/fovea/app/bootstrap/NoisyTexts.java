package dev.fovea.app.bootstrap;

import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.terminal.Failure;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists pictures with texts that may or may not be true of them: a folder with a text file beside each picture, or a
 * file of JSON lines.
 *
 * @param items what can be worked on
 * @param problems lines, folders and files that cannot
 * @param pictures the pictures of a folder, none for lines
 */
public record NoisyTexts(List<Item> items, List<Problem> problems, PictureFiles pictures) {

    /**
     * Describes one picture with its text.
     *
     * @param number index among all pictures, broken ones included
     * @param line of the JSON lines, 0 for a folder
     * @param id unique
     * @param image as it is written in the input
     * @param file where the picture is
     * @param text or null
     */
    public record Item(int number, int line, String id, String image, Path file, String text) {

        /** Returns the place with which complaints about the picture begin. */
        public String place(Path input) {
            return line == 0 ? "" : name(input) + " line " + line + ": ";
        }
    }

    /**
     * Describes what is left out, and why.
     *
     * @param line of the JSON lines, 0 for a folder
     */
    public record Problem(int line, String reason) {

        public String describe(Path input) {
            return (line == 0 ? "" : name(input) + " line " + line + ": ") + reason + "; left out";
        }
    }

    /**
     * Reads a folder or a file of JSON lines; {@code -} is standard input, whose pictures are relative to the current
     * folder.
     */
    public static NoisyTexts read(Path input) {
        return !isStandardInput(input) && Files.isDirectory(input) ? ofFolder(input) : ofLines(input);
    }

    private static boolean isStandardInput(Path input) {
        return input.toString().equals("-");
    }

    private static String name(Path input) {
        return isStandardInput(input) ? "standard input" : input.toString();
    }

    private static NoisyTexts ofFolder(Path folder) {
        List<Item> items = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        PictureFiles pictures = PictureFiles.of(List.of(folder)).orFail();
        for (int i = 0; i < pictures.files().size(); i++) {
            Path file = pictures.files().get(i);
            String image = folder.relativize(file).toString();
            try {
                items.add(new Item(i, 0, image, image, file, textBeside(file)));
            } catch (FoveaException | UncheckedIOException e) {
                problems.add(new Problem(0, Failure.describe(e)));
            }
        }
        return new NoisyTexts(items, problems, pictures);
    }

    private static String textBeside(Path picture) {
        String name = picture.getFileName().toString();
        Path text = picture.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
        if (!Files.isRegularFile(text)) {
            return null;
        }
        try {
            String content = decode(Files.readAllBytes(text)).strip();
            return content.isEmpty() ? null : content.replaceAll("\\s+", " ");
        } catch (CharacterCodingException e) {
            throw new FoveaException(text + ": not UTF-8 text; save it as UTF-8");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NoisyTexts ofLines(Path file) {
        List<Item> items = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        Map<String, Integer> lineOfId = new HashMap<>();
        List<byte[]> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            int line = i + 1;
            try {
                String content = decode(lines.get(i)).strip();
                if (content.isEmpty()) {
                    continue;
                }
                Item item = item(file, i, content);
                Integer earlier = lineOfId.putIfAbsent(item.id, line);
                if (earlier != null) {
                    throw new FoveaException("id \"" + item.id + "\" stands on line " + earlier + " already");
                }
                items.add(item);
            } catch (CharacterCodingException e) {
                problems.add(new Problem(line, "not UTF-8 text"));
            } catch (FoveaException e) {
                problems.add(new Problem(line, e.getMessage()));
            }
        }
        if (items.isEmpty() && problems.isEmpty()) {
            throw new FoveaException(name(file) + ": holds no line; write one JSON object a line");
        }
        return new NoisyTexts(items, problems, PictureFiles.of(List.of()));
    }

    private static Item item(Path file, int number, String line) {
        JsonValue object = object(line);
        JsonValue image = object.get("image");
        JsonValue text = object.get("text");
        JsonValue id = object.get("id");
        if (!image.isText() || image.text("").isBlank()) {
            throw new FoveaException("\"image\" is " + (image.isMissing() ? "missing" : "no file name"));
        }
        if (!text.isMissing() && !text.isText()) {
            throw new FoveaException("\"text\" is no text");
        }
        if (!id.isMissing() && !id.isText() && !id.isInteger()) {
            throw new FoveaException("\"id\" is neither a text nor a whole number");
        }
        String name = image.text("");
        String given = text.text("").isBlank() ? null : text.text("");
        String known = id.isMissing() ? name : id.isText() ? id.text("") : id.toString();
        try {
            return new Item(number, number + 1, known, name, file.resolveSibling(name), given);
        } catch (InvalidPathException e) {
            throw new FoveaException("\"image\" is no file name (" + e.getReason() + ")");
        }
    }

    private static JsonValue object(String line) {
        try {
            return JsonReader.readObject(line, "it");
        } catch (FoveaException e) {
            throw new FoveaException("not a JSON object", e);
        }
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    private static List<byte[]> lines(Path file) {
        byte[] bytes;
        try {
            bytes = isStandardInput(file) ? System.in.readAllBytes() : Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length ? start < i : bytes[i] == '\n') {
                lines.add(Arrays.copyOfRange(bytes, start, i));
                start = i + 1;
            }
        }
        return lines;
    }
}
