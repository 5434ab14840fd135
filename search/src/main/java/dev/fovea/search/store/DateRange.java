package dev.fovea.search.store;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Covers what a date means that may be as coarse as a year: {@code 2020}, {@code 2020-05}, {@code 2020-05-17}, {@code
 * 2020-05-17T12:30}, {@code 2020-05-17 12:30:15}.
 *
 * @param from the first moment
 * @param to the first moment after it
 */
public record DateRange(LocalDateTime from, LocalDateTime to) {

    private static final Pattern DATE = Pattern.compile(
            "(\\d{4})(?:-(\\d{1,2})(?:-(\\d{1,2})(?:[T ](\\d{1,2}):(\\d\\d)(?::(\\d\\d)(?:\\.\\d+)?)?Z?)?)?)?");

    /** Reads a date; empty for what is none. */
    public static Optional<DateRange> parse(String text) {
        Matcher date = DATE.matcher(text.strip());
        if (!date.matches()) {
            return Optional.empty();
        }
        try {
            LocalDateTime from = LocalDate.of(part(date, 1), part(date, 2), part(date, 3))
                    .atTime(part(date, 4), part(date, 5), part(date, 6));
            LocalDateTime to = date.group(2) == null
                    ? from.plusYears(1)
                    : date.group(3) == null
                            ? from.plusMonths(1)
                            : date.group(4) == null
                                    ? from.plusDays(1)
                                    : date.group(6) == null ? from.plusMinutes(1) : from.plusSeconds(1);
            return Optional.of(new DateRange(from, to));
        } catch (DateTimeException noDate) {
            return Optional.empty();
        }
    }

    /** Returns a part of a date; what is not said is the first month and day, and midnight. */
    private static int part(Matcher date, int group) {
        return date.group(group) == null ? (group <= 3 ? 1 : 0) : Integer.parseInt(date.group(group));
    }
}
