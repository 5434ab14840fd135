package dev.fovea.service.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.json.RecordJson;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads forms with files, {@code multipart/form-data} (RFC 7578), into the record that JSON would be read into: a part
 * for each field, and for each element of a list.
 */
final class MultipartForm {

    private static final Pattern BOUNDARY =
            Pattern.compile("(?i);\\s*boundary=(?:\"([^\"]{1,70})\"|([^;\\s\"]{1,70}))");
    private static final Pattern NAME =
            Pattern.compile("(?im)^content-disposition:\\s*form-data.*?;\\s*name=\"([^\"]*)\"");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,9}");
    private static final int MOST_PARTS = 10_000;

    private final byte[] body;
    private final byte[] delimiter;
    private int at;

    private MultipartForm(byte[] body, String boundary) {
        // The first delimiter may stand at the very beginning, without the line break that belongs to it.
        this.body = new byte[body.length + 2];
        this.body[0] = '\r';
        this.body[1] = '\n';
        System.arraycopy(body, 0, this.body, 2, body.length);
        delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads a form.
     *
     * @param type the header Content-Type
     * @throws HttpFailure if it is broken, or does not fit the record
     */
    static <T> T read(String type, byte[] body, Class<T> request) {
        Matcher boundary = BOUNDARY.matcher(type);
        if (!boundary.find()) {
            throw broken("the header Content-Type names no boundary");
        }
        String separator = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
        return RecordJson.read(new MultipartForm(body, separator).fields(request), request);
    }

    private static HttpFailure broken(String what) {
        return HttpFailure.badRequest(
                "the form is broken: " + what + "; send multipart/form-data as curl -F does, or JSON");
    }

    private ObjectNode fields(Class<?> request) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        at = next(0);
        if (at < 0) {
            throw broken("the boundary of Content-Type is not in the body");
        }
        for (int parts = 0; !isLast(); parts++) {
            if (parts == MOST_PARTS) {
                throw broken("it has more than " + MOST_PARTS + " parts");
            }
            int start = at + delimiter.length;
            int end = next(start);
            int headEnd = indexOf("\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1), start, end);
            if (end < 0 || headEnd < 0) {
                throw broken("a part has no end");
            }
            Matcher name = NAME.matcher(new String(body, start, headEnd - start, StandardCharsets.UTF_8));
            if (!name.find()) {
                throw broken("a part has no name");
            }
            put(fields, request, name.group(1), Arrays.copyOfRange(body, headEnd + 4, end));
            at = end;
        }
        return fields;
    }

    private boolean isLast() {
        int after = at + delimiter.length;
        return after + 1 < body.length && body[after] == '-' && body[after + 1] == '-';
    }

    private int next(int from) {
        return indexOf(delimiter, from, body.length);
    }

    private int indexOf(byte[] wanted, int from, int to) {
        for (int i = from; i <= to - wanted.length; i++) {
            if (body[i] == wanted[0] && Arrays.equals(body, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private static void put(ObjectNode fields, Class<?> request, String name, byte[] value) {
        Class<?> type = Arrays.stream(request.getRecordComponents())
                .filter(component -> component.getName().equals(name))
                .findFirst()
                .<Class<?>>map(RecordComponent::getType)
                .orElse(String.class); // which is then refused by its name
        if (fields.has(name) && type != List.class) {
            throw HttpFailure.badRequest(name, name + " is in the form twice; send it once");
        }
        if (type == ImageData.class) {
            fields.putPOJO(name, ImageData.ofForm(value));
            return;
        }
        String text = new String(value, StandardCharsets.UTF_8);
        if (type == List.class) {
            ArrayNode list = fields.withArray(name);
            list.add(text);
        } else if (type == Integer.class && WHOLE_NUMBER.matcher(text).matches()) {
            fields.put(name, Integer.parseInt(text));
        } else {
            fields.put(name, text);
        }
    }
}
