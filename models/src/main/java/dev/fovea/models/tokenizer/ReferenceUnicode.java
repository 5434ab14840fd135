package dev.fovea.models.tokenizer;

/**
 * Answers questions by the Unicode tables of the reference tokenizers. Hugging Face's Rust crates carry tables of
 * several ages: character classes of regular expressions (Oniguruma) are those of Unicode 16 as in JDK 25, lower case
 * is that of Unicode 17, normal forms and combining classes are those of Unicode 9, punctuation and marks of the BERT
 * steps those of Unicode 8. The sets here are the differences from the JDK, found by asking both for every code point;
 * {@code oracle/tokenizer_cases.py} writes texts that hold them.
 */
final class ReferenceUnicode {
    private static final int LETTERS = 1 << Character.UPPERCASE_LETTER
            | 1 << Character.LOWERCASE_LETTER
            | 1 << Character.TITLECASE_LETTER
            | 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER;
    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;
    private static final int PUNCTUATION = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION;

    /** Characters without combining class and composition for the reference: newer than its normalisation tables. */
    private static final CodePoints INERT = new CodePoints("""
            7FD 897-89F 8CA-8D3 9FE C3C D3B-D3C EBA 1715 1ABF-1ACE 1DF6-1DFA A82C 105C9 105D2 105DA 105E4
            10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFD-10EFF 10F46-10F50 10F82-10F85 11070 1133B 11382-11385
            1138B 1138E 11390-11391 113B8 113BB 113C2 113C5 113C7-113C9 113CE-113D0 1145E 11839-1183A 11930
            11935 11938 1193D-1193E 11943 119E0 11A34 11A47 11A99 11D42 11D44-11D45 11D97 11F41-11F42
            1611E-16129 1612F 16D63 16D67-16D6A 16FF0-16FF1 1E08F 1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF
            1E5EE-1E5EF""");

    /** Characters with another character as their compatible form, but newer than the reference's tables. */
    private static final CodePoints WITHOUT_COMPATIBLE_FORM = new CodePoints("""
            32FF A7F2-A7F4 AB69 10781-10785 10787-107B0 107B2-107BA 1CCD6-1CCF9 1E030-1E06D 1F16C 1FBF0-1FBF9""");

    /** Characters that are punctuation today, but newer than the reference. */
    private static final CodePoints NOT_PUNCTUATION = new CodePoints("""
            61D 9FD A76 C77 C84 1B4E-1B4F 1B7D-1B7F 2E43-2E4F 2E52-2E5D 10D6E 10EAD 10F55-10F59 10F86-10F89
            113D4-113D5 113D7-113D8 1144B-1144F 1145A-1145B 1145D 11660-1166C 116B9 1183B 11944-11946 119E2
            11A3F-11A46 11A9A-11A9C 11A9E-11AA2 11B00-11B09 11BE1 11C41-11C45 11C70-11C71 11EF7-11EF8
            11F43-11F4F 11FFF 12FF1-12FF2 16D6D-16D6F 16E97-16E9A 16FE2 1E5FF 1E95E-1E95F""");

    /** Characters that are nonspacing marks today, but newer than the reference or of another category there. */
    private static final CodePoints NOT_MARKS = new CodePoints("""
            7FD 897-89F 8CA-8E1 9FE AFA-AFF B55 C04 C3C D00 D3B-D3C D81 EBA ECE 180F 1885-1886 1ABF-1ACE
            1DF6-1DFB A82C A8C5 A8FF A9BD 10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFC-10EFF 10F46-10F50
            10F82-10F85 11070 11073-11074 110C2 111C9 111CF 1123E 11241 1133B 113BB-113C0 113CE 113D0 113D2
            113E1-113E2 11438-1143F 11442-11444 11446 1145E 1182F-11837 11839-1183A 1193B-1193C 1193E 11943
            119D4-119D7 119DA-119DB 119E0 11A01-11A0A 11A33-11A38 11A3B-11A3E 11A47 11A51-11A56 11A59-11A5B
            11A8A-11A96 11A98-11A99 11C30-11C36 11C38-11C3D 11C3F 11C92-11CA7 11CAA-11CB0 11CB2-11CB3
            11CB5-11CB6 11D31-11D36 11D3A 11D3C-11D3D 11D3F-11D45 11D47 11D90-11D91 11D95 11D97 11EF3-11EF4
            11F00-11F01 11F36-11F3A 11F40 11F42 11F5A 13440 13447-13455 1611E-16129 1612D-1612F 16F4F 16FE4
            1CF00-1CF2D 1CF30-1CF46 1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E08F
            1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF 1E5EE-1E5EF 1E944-1E94A""");

    /** Format characters that the reference's control test does not know. */
    private static final CodePoints NOT_CONTROL = new CodePoints("890-891 8E2 110CD 13430-1343F");

    private ReferenceUnicode() {}

    /** Returns whether {@code \p{L}} matches. */
    static boolean isLetter(int codePoint) {
        if (codePoint < 128) return (codePoint | 32) >= 'a' && (codePoint | 32) <= 'z';
        return (LETTERS >>> Character.getType(codePoint) & 1) != 0;
    }

    /** Returns whether {@code \p{N}} matches. */
    static boolean isNumber(int codePoint) {
        if (codePoint < 128) return codePoint >= '0' && codePoint <= '9';
        return (NUMBERS >>> Character.getType(codePoint) & 1) != 0;
    }

    /** Returns whether {@code \s} matches: the property White_Space. */
    static boolean isSpace(int codePoint) {
        if (codePoint <= ' ') return codePoint == ' ' || codePoint >= '\t' && codePoint <= '\r';
        if (codePoint < 0x85) return false;
        return codePoint == 0x85
                || codePoint == 0xA0
                || codePoint == 0x1680
                || codePoint >= 0x2000 && codePoint <= 0x200A
                || codePoint == 0x2028
                || codePoint == 0x2029
                || codePoint == 0x202F
                || codePoint == 0x205F
                || codePoint == 0x3000;
    }

    /** Returns whether a normal form of the reference leaves this character and its neighbours unchanged. */
    static boolean isInert(int codePoint) {
        return INERT.contains(codePoint);
    }

    /** Returns whether NFKC and NFKD of the reference leave this character unchanged, which those of Java replace. */
    static boolean isWithoutCompatibleForm(int codePoint) {
        return WITHOUT_COMPATIBLE_FORM.contains(codePoint);
    }

    /** Returns whether a character is punctuation as BERT means it: every ASCII symbol, and Unicode's category P. */
    static boolean isPunctuation(int codePoint) {
        if (codePoint < 128) return codePoint > ' ' && codePoint < 127 && !isLetter(codePoint) && !isNumber(codePoint);
        boolean punctuation =
                (PUNCTUATION >>> Character.getType(codePoint) & 1) != 0 && !NOT_PUNCTUATION.contains(codePoint);
        return punctuation || codePoint == 0x166D || codePoint == 0x111C9;
    }

    /** Returns whether a character is of category Mn. */
    static boolean isNonspacingMark(int codePoint) {
        if (codePoint < 0x300) return false;
        boolean mark = Character.getType(codePoint) == Character.NON_SPACING_MARK && !NOT_MARKS.contains(codePoint);
        return mark || codePoint == 0x1734 || codePoint == 0x1171E;
    }

    /** Returns whether a character is of category Cc, Cf or Co, but not tab, newline or carriage return. */
    static boolean isControl(int codePoint) {
        if (codePoint == '\t' || codePoint == '\n' || codePoint == '\r') return false;
        int type = Character.getType(codePoint);
        return (type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE)
                && !NOT_CONTROL.contains(codePoint);
    }

    /**
     * Returns the lower case of one character by itself, as Rust's {@code char::to_lowercase}: no final sigma, no
     * locale. Only İ becomes two characters, i and a combining dot; the caller handles that one.
     */
    static int toLowerCase(int codePoint) {
        if (codePoint < 128) return codePoint >= 'A' && codePoint <= 'Z' ? codePoint + 32 : codePoint;
        // New in Unicode 17.
        if (codePoint == 0xA7CE || codePoint == 0xA7D2 || codePoint == 0xA7D4) return codePoint + 1;
        if (codePoint >= 0x16EA0 && codePoint <= 0x16EB8) return codePoint + 0x1B;
        return Character.toLowerCase(codePoint);
    }
}
