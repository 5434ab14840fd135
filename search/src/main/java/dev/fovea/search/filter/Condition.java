package dev.fovea.search.filter;

import java.util.List;

/** Says which pictures are looked for: a comparison, or several that are put together. */
sealed interface Condition {

    /** Holds where all parts hold. */
    record All(List<Condition> parts) implements Condition {}

    /** Holds where one of the parts holds. */
    record Any(List<Condition> parts) implements Condition {}

    /** Holds where the part does not. */
    record Not(Condition part) implements Condition {}

    /**
     * Compares the values of a field.
     *
     * @param value as it was written, without quotes
     * @param quoted whether it was in quotes, so that an asterisk in it is none but an asterisk
     */
    record Comparison(String field, Operator operator, String value, boolean quoted) implements Condition {}

    /** Compares two values. */
    enum Operator {
        EQUAL("="),
        UNEQUAL("!="),
        LESS("<"),
        AT_MOST("<="),
        GREATER(">"),
        AT_LEAST(">=");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        @Override
        public String toString() {
            return sign;
        }
    }
}
