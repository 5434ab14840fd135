package dev.fovea.search.filter;

import dev.fovea.search.filter.Condition.Operator;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads conditions:
 *
 * <pre>{@code
 * condition  = conjunction { "or" conjunction }
 * conjunction = part { "and" part }
 * part       = "not" part | "(" condition ")" | field operator value
 * operator   = "=" | "==" | "!=" | "<" | "<=" | ">" | ">="
 * field, value = word | 'text' | "text"
 * }</pre>
 *
 * <p>A word ends at a space, a parenthesis, a quote or an operator; in quotes a backslash takes the next character as
 * it is. {@code and}, {@code or} and {@code not} may be written in capitals.
 */
final class ConditionParser {

    private static final String OPERATORS = "=!<>";

    /** Parentheses within each other that are read; more would cost the stack. */
    private static final int DEEPEST = 100;

    private final String text;
    private int at;
    private int depth;

    private ConditionParser(String text) {
        this.text = text;
    }

    /**
     * Reads a condition.
     *
     * @throws FoveaException if it is none; the message says where and what was expected
     */
    static Condition parse(String text) {
        ConditionParser parser = new ConditionParser(text);
        Condition condition = parser.condition();
        parser.skipSpaces();
        if (parser.at < text.length()) {
            throw parser.wrong("expected and, or, or the end");
        }
        return condition;
    }

    private Condition condition() {
        List<Condition> parts = new ArrayList<>(List.of(conjunction()));
        while (skipWord("or")) {
            parts.add(conjunction());
        }
        return parts.size() == 1 ? parts.getFirst() : new Condition.Any(parts);
    }

    private Condition conjunction() {
        List<Condition> parts = new ArrayList<>(List.of(part()));
        while (skipWord("and")) {
            parts.add(part());
        }
        return parts.size() == 1 ? parts.getFirst() : new Condition.All(parts);
    }

    private Condition part() {
        if (++depth > DEEPEST) {
            throw wrong("nested too deeply");
        }
        try {
            if (skipWord("not")) {
                return new Condition.Not(part());
            }
            skipSpaces();
            if (at < text.length() && text.charAt(at) == '(') {
                at++;
                Condition inner = condition();
                skipSpaces();
                if (at == text.length() || text.charAt(at) != ')') {
                    throw wrong("expected )");
                }
                at++;
                return inner;
            }
            return comparison();
        } finally {
            depth--;
        }
    }

    private Condition comparison() {
        String field = value("a field such as year");
        skipSpaces();
        Operator operator = operator();
        skipSpaces();
        boolean quoted = at < text.length() && isQuote(text.charAt(at));
        return new Condition.Comparison(field, operator, value("a value"), quoted);
    }

    private Operator operator() {
        int start = at;
        while (at < text.length() && OPERATORS.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String sign = text.substring(start, at);
        if (sign.equals("==")) {
            return Operator.EQUAL;
        }
        for (Operator operator : Operator.values()) {
            if (operator.toString().equals(sign)) {
                return operator;
            }
        }
        at = start;
        throw wrong("expected =, !=, <, <=, > or >=");
    }

    private String value(String expected) {
        skipSpaces();
        if (at < text.length() && isQuote(text.charAt(at))) {
            return quoted(text.charAt(at));
        }
        int start = at;
        while (at < text.length() && !isEnd(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw wrong("expected " + expected);
        }
        return text.substring(start, at);
    }

    private String quoted(char quote) {
        StringBuilder value = new StringBuilder();
        for (int i = at + 1; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == quote) {
                at = i + 1;
                return value.toString();
            }
            if (letter == '\\' && i + 1 < text.length()) {
                letter = text.charAt(++i);
            }
            value.append(letter);
        }
        throw wrong("expected another " + quote + " at the end of the text");
    }

    private static boolean isQuote(char letter) {
        return letter == '"' || letter == '\'';
    }

    private static boolean isEnd(char letter) {
        return Character.isWhitespace(letter) || "()\"'".indexOf(letter) >= 0 || OPERATORS.indexOf(letter) >= 0;
    }

    private boolean skipWord(String word) {
        skipSpaces();
        int end = at + word.length();
        boolean found = text.regionMatches(true, at, word, 0, word.length())
                && end < text.length()
                && (Character.isWhitespace(text.charAt(end)) || text.charAt(end) == '(');
        if (found) {
            at = end;
        }
        return found;
    }

    private void skipSpaces() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private FoveaException wrong(String expected) {
        String found = at < text.length() ? "found \"" + text.substring(at) + "\"" : "but it ends";
        return new FoveaException("the condition \"" + text + "\": " + expected + " at character " + (at + 1) + ", "
                + found + "; write it like year>=2020 and folder=holidays");
    }
}
