package dev.fovea.models.tokenizer;

import dev.fovea.tensor.json.JsonValue;

/**
 * A token beside the model's vocabulary or marked in it, such as {@code <|endoftext|>} or a learned word.
 *
 * @param content its spelling in a text
 * @param singleWord is found only where no word character touches it
 * @param lstrip swallows white space before it
 * @param rstrip swallows white space after it
 * @param cleaned whether it is looked for in the cleaned text instead of the raw one; null where the file does not say,
 *     which means the raw one if it is special
 * @param special is left out of decoded text on request
 * @param bare whether its file has only the text, without attributes
 */
record AddedToken(
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        Boolean cleaned,
        boolean special,
        boolean bare) {

    /** Returns whether it is looked for in the cleaned text instead of the raw one. */
    boolean normalized() {
        return cleaned == null ? !special : cleaned;
    }

    /** Makes a special token without further attributes, found in raw text. */
    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, null, true, true);
    }

    /** Reads a token that is written as an object with a {@code content}; it is special only where it says so. */
    static AddedToken of(JsonValue node) {
        return of(node, node.get("special").flag(false));
    }

    /** Reads a token that is written as an object with a {@code content}. */
    static AddedToken of(JsonValue node, boolean special) {
        JsonValue normalized = node.get("normalized");
        return new AddedToken(
                node.get("content").text(""),
                node.get("single_word").flag(false),
                node.get("lstrip").flag(false),
                node.get("rstrip").flag(false),
                normalized.isFlag() ? normalized.flag(false) : null,
                special,
                false);
    }

    /** Returns whether the reference considers two tokens equal: a bare text is never equal to one with attributes. */
    boolean isLike(AddedToken other) {
        return content.equals(other.content)
                && singleWord == other.singleWord
                && lstrip == other.lstrip
                && rstrip == other.rstrip
                && normalized() == other.normalized()
                && special == other.special
                && bare == other.bare;
    }

    /** Returns this token marked as special, everything else unchanged. */
    AddedToken asSpecial() {
        return special ? this : new AddedToken(content, singleWord, lstrip, rstrip, cleaned, true, bare);
    }
}
