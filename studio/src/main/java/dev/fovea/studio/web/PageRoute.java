package dev.fovea.studio.web;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Something that the page can ask.
 *
 * @param method {@code GET} or {@code POST}
 * @param path with {@code *} for a part that varies, such as {@code /api/runs/*}
 * @param type that a POST must have
 * @param action answers
 */
public record PageRoute(String method, String path, String type, Consumer<PageCall> action) {

    /** Makes a route that changes nothing. */
    public static PageRoute get(String path, Consumer<PageCall> action) {
        return new PageRoute("GET", path, null, action);
    }

    /** Makes a route that takes JSON. */
    public static PageRoute post(String path, Consumer<PageCall> action) {
        return new PageRoute("POST", path, "application/json", action);
    }

    /** Makes a route that takes a file. */
    public static PageRoute upload(String path, Consumer<PageCall> action) {
        return new PageRoute("POST", path, "application/octet-stream", action);
    }

    /** Returns what stands for the {@code *} of the path, or null if this is another path. */
    List<String> match(String asked) {
        String[] parts = asked.split("/", -1);
        String[] own = path.split("/", -1);
        if (parts.length != own.length) {
            return null;
        }
        List<String> found = new ArrayList<>();
        for (int i = 0; i < own.length; i++) {
            int star = own[i].indexOf('*');
            if (star < 0) {
                if (!own[i].equals(parts[i])) {
                    return null;
                }
                continue;
            }
            String end = own[i].substring(star + 1);
            if (!parts[i].endsWith(end) || parts[i].length() == end.length()) {
                return null;
            }
            found.add(parts[i].substring(0, parts[i].length() - end.length()));
        }
        return found;
    }
}
