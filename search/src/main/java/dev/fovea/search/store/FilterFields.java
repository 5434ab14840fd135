package dev.fovea.search.store;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;

/**
 * Says under which names a picture's fields stand in Lucene, so that filters find them: each value as a text in lower
 * case, and those that are numbers as numbers, too. A side file goes before what the picture says about itself.
 */
public final class FilterFields {

    /** Names the folder filter, which needs no field of its own. */
    public static final String FOLDER = "folder";

    /** Names the time of a picture, in seconds since 1970. */
    public static final String DATE = "date";

    /** Names the field whose terms are paths. */
    public static final String PATH = PhotoRecord.PATH;

    private static final String TEXT = "text:";
    private static final String NUMBER = "number:";

    private static final Pattern DECIMAL = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");

    /** Characters of a value that count; Lucene's terms are limited to 32,766 bytes. */
    private static final int LONGEST = 8000;

    private FilterFields() {}

    /** Returns the name of the field with the values as texts. */
    public static String text(String name) {
        return TEXT + name.toLowerCase(Locale.ROOT);
    }

    /** Returns the name of the field with the values that are numbers. */
    public static String number(String name) {
        return NUMBER + name.toLowerCase(Locale.ROOT);
    }

    /** Returns the name that a filter knows a field of Lucene by, null if it knows none. */
    public static String name(String field) {
        if (field.startsWith(TEXT)) {
            return field.substring(TEXT.length());
        }
        return field.startsWith(NUMBER) ? field.substring(NUMBER.length()) : null;
    }

    /** Returns a value as terms hold it. */
    public static String term(String value) {
        String lower = value.strip().toLowerCase(Locale.ROOT);
        return lower.length() > LONGEST ? lower.substring(0, LONGEST) : lower;
    }

    /** Returns a value as a number, empty if it is none; what only Java takes for one, such as 5D, is a text. */
    public static OptionalDouble parse(String value) {
        String text = value.strip();
        return DECIMAL.matcher(text).matches()
                ? OptionalDouble.of(Double.parseDouble(text) + 0.0) // -0 is 0, which Lucene tells apart
                : OptionalDouble.empty();
    }

    static void add(Document document, PhotoRecord photo) {
        LocalDateTime date = sideDate(photo.fields()).orElse(photo.date());
        String name = photo.file().getFileName().toString();
        addText(document, photo, "name", name);
        addNumber(document, photo, "year", date.getYear());
        addNumber(document, photo, "month", date.getMonthValue());
        addNumber(document, photo, "day", date.getDayOfMonth());
        addNumber(document, photo, "width", photo.width());
        addNumber(document, photo, "height", photo.height());
        addNumber(document, photo, "size", photo.size());
        photo.metadata().latitude().ifPresent(degrees -> addNumber(document, photo, "latitude", degrees));
        photo.metadata().longitude().ifPresent(degrees -> addNumber(document, photo, "longitude", degrees));
        document.add(new DoublePoint(number(DATE), date.toEpochSecond(ZoneOffset.UTC)));
        photo.fields().forEach((field, values) -> {
            if (!isDate(field)) {
                values.forEach(value -> add(document, field, value));
            }
        });
    }

    private static void add(Document document, String field, String value) {
        document.add(new StringField(text(field), term(value), Field.Store.NO));
        parse(value).ifPresent(number -> document.add(new DoublePoint(number(field), number)));
    }

    private static void addText(Document document, PhotoRecord photo, String field, String value) {
        if (!photo.fields().containsKey(field)) {
            document.add(new StringField(text(field), term(value), Field.Store.NO));
        }
    }

    private static void addNumber(Document document, PhotoRecord photo, String field, double value) {
        if (!photo.fields().containsKey(field)) {
            document.add(new DoublePoint(number(field), value));
        }
    }

    private static boolean isDate(String field) {
        return field.equalsIgnoreCase(DATE);
    }

    private static Optional<LocalDateTime> sideDate(Map<String, List<String>> fields) {
        return fields.entrySet().stream()
                .filter(field -> isDate(field.getKey()))
                .flatMap(field -> field.getValue().stream())
                .flatMap(value -> DateRange.parse(value).stream())
                .map(DateRange::from)
                .findFirst();
    }
}
