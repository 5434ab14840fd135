package dev.fovea.models.tokenizer;

/**
 * The fourth step of a tokenizer: surrounds the ids of a text with special ones.
 *
 * @param prefix ids before the text, as {@code [CLS]} or {@code <|startoftext|>}
 * @param suffix ids after the text, as {@code [SEP]} or {@code <|endoftext|>}
 */
record PostProcessor(int[] prefix, int[] suffix) {

    static PostProcessor none() {
        return new PostProcessor(new int[0], new int[0]);
    }

    /** Returns the number of ids that it adds. */
    int length() {
        return prefix.length + suffix.length;
    }

    /** Returns the prefix, the first {@code count} ids and the suffix. */
    int[] surround(int[] ids, int count) {
        int[] all = new int[count + length()];
        System.arraycopy(prefix, 0, all, 0, prefix.length);
        System.arraycopy(ids, 0, all, prefix.length, count);
        System.arraycopy(suffix, 0, all, prefix.length + count, suffix.length);
        return all;
    }
}
