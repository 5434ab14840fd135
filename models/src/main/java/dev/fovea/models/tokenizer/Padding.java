package dev.fovea.models.tokenizer;

import java.util.Arrays;

/**
 * What fills a text up to a fixed length, for models that were trained on padding.
 *
 * @param id of the padding token, -1 for none
 * @param isLeft whether it goes before the text
 */
record Padding(int id, boolean isLeft) {

    /** No padding, as nearly all models have it: their texts lie end to end. */
    static final Padding NONE = new Padding(-1, false);

    /** Reads the token and the side, which follows from the tokenizer's class where the configuration does not say. */
    static Padding of(AddedTokens added, TokenizerSettings settings, String token, boolean isLeft) {
        String content = settings.name("pad_token", token);
        Integer id = content.isEmpty() ? null : added.idOf(content);
        String side = settings.text("padding_side", isLeft ? "left" : "right");
        return id == null ? NONE : new Padding(id, side.equals("left"));
    }

    /** Fills up the ids of a text; one that is long enough stays as it is. */
    int[] fill(int[] ids, int length) {
        if (ids.length >= length) return ids;
        int[] filled = new int[length];
        Arrays.fill(filled, id);
        System.arraycopy(ids, 0, filled, isLeft ? length - ids.length : 0, ids.length);
        return filled;
    }
}
