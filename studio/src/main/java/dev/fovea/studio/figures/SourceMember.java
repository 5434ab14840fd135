package dev.fovea.studio.figures;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A method of a source file, with the comment before it.
 *
 * @param from first line, counted from 1
 * @param to last line
 */
record SourceMember(int from, int to, List<String> lines) {

    /**
     * Finds a method, or the class itself, in a file that the formatter has laid out: members are indented by four
     * spaces, and their last brace stands where their first line begins.
     *
     * @param lines of the file
     * @param name of the method; that of the class for the class up to its first brace
     */
    static Optional<SourceMember> find(List<String> lines, String className, String name) {
        boolean ofClass = name.equals(className);
        Pattern start = ofClass
                ? Pattern.compile(
                        "(public |abstract |final |sealed )*(class|record|interface|enum) " + className + "\\b.*")
                : Pattern.compile(" {4}[^ *@/}].*\\b" + Pattern.quote(name) + "\\(.*");
        for (int i = 0; i < lines.size(); i++) {
            if (start.matcher(lines.get(i)).matches() && !isCall(lines.get(i), name, ofClass)) {
                return Optional.of(around(lines, i, ofClass));
            }
        }
        return Optional.empty();
    }

    /** Tells a field that is made by a call from a declaration. */
    private static boolean isCall(String line, String name, boolean ofClass) {
        int at = line.indexOf(name + "(");
        return !ofClass && at > 0 && (line.substring(0, at).contains("=") || line.charAt(at - 1) == '.');
    }

    private static SourceMember around(List<String> lines, int declared, boolean ofClass) {
        int from = declared;
        while (from > 0
                && !lines.get(from - 1).isBlank()
                && !lines.get(from - 1).matches(" *[})].*;?")) {
            from--;
        }
        int to = declared;
        if (ofClass) {
            while (to < lines.size() - 1 && !lines.get(to).endsWith("{")) {
                to++;
            }
        } else {
            while (to < lines.size() - 1 && !ends(lines.subList(declared, to + 1))) {
                to++;
            }
        }
        return new SourceMember(from + 1, to + 1, lines.subList(from, to + 1));
    }

    /** Returns whether the lines of a member are all of it: it has its last brace, or a semicolon and no body. */
    private static boolean ends(List<String> lines) {
        boolean body = lines.stream().anyMatch(line -> line.endsWith("{"));
        String last = lines.getLast();
        return body ? last.startsWith("    }") : last.endsWith(";") || last.endsWith("}");
    }
}
