package dev.fovea.kernels.cpu.machine;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in a few words what an instruction does, for people who do not read assembler. */
final class InstructionComments {

    private static final Pattern MEMORY = Pattern.compile("\\[(\\w+)(.*)]");

    /** What the general registers of {@link TileCode} are for. */
    private static final Map<String, String> OF_TILES = Map.of(
            TileCode.A.text(), "A",
            TileCode.B.text(), "B",
            TileCode.START.text(), "what sums start from",
            TileCode.C.text(), "C",
            TileCode.PREFETCH.text(), "memory that is needed soon",
            TileCode.ADDED.text(), "what is added",
            TileCode.ARGUMENTS.text(), "the arguments");

    /** By instruction; {0}, {1}, {2} are operands, {n} how many numbers a register has, {m} what lies in memory. */
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("vfmadd231ps", "{0} += {1} * {2}, {n} numbers at once"),
            Map.entry("vfmadd213ps", "{0} = {1} * {0} + {2}, {n} numbers at once"),
            Map.entry("vpdpbusd", "{0} += {1} . {2}: four products of bytes for each of {n} sums"),
            Map.entry("vpdpwssd", "{0} += {1} . {2}: two products of 16 bits for each of {n} sums"),
            Map.entry("vdpbf16ps", "{0} += {1} . {2}: two products of bf16 for each of {n} sums"),
            Map.entry("vpmaddwd", "{0} = {1} . {2}: two products of 16 bits for each of {n} sums"),
            Map.entry("vpaddd", "{0} = {1} + {2}, integers"),
            Map.entry("vpsubd", "{0} = {1} - {2}, integers"),
            Map.entry("vpmaxsd", "{0} = the larger of {1} and {2}, integers"),
            Map.entry("vaddps", "{0} = {1} + {2}"),
            Map.entry("vsubps", "{0} = {1} - {2}"),
            Map.entry("vmulps", "{0} = {1} * {2}"),
            Map.entry("vdivps", "{0} = {1} / {2}"),
            Map.entry("vdivsd", "{0} = {1} / {2}, one number of 64 bits"),
            Map.entry("vsqrtsd", "{0} = the root of {2}, one number of 64 bits"),
            Map.entry("vmaxps", "{0} = the larger of {1} and {2}"),
            Map.entry("vminps", "{0} = the smaller of {1} and {2}"),
            Map.entry("vandps", "{0} = the bits that {1} and {2} share"),
            Map.entry("vandnps", "{0} = the bits of {2} that {1} has not"),
            Map.entry("vorps", "{0} = the bits of {1} or {2}"),
            Map.entry("vxorps", "{0} = the bits of {1} or {2}, not of both"),
            Map.entry("vpxord", "{0} = the bits of {1} or {2}, not of both"),
            Map.entry("vpslld", "{0} = {1} shifted to the left by {2}"),
            Map.entry("vcvtdq2ps", "{0} = the integers of {1} as floats"),
            Map.entry("vcvtph2ps", "{0} = the f16 of {1} as floats"),
            Map.entry("vpmovsxbd", "{0} = the bytes of {1} as integers of 32 bits"),
            Map.entry("vpmovzxwd", "{0} = the 16 bits of {1} each in 32"),
            Map.entry("vcvtps2dq", "{0} = {1} rounded to integers"),
            Map.entry("vcvtneps2bf16", "{0} = {1} rounded to bf16"),
            Map.entry("vcvtss2sd", "{0} = {2}, from 32 to 64 bits"),
            Map.entry("vcvtsd2ss", "{0} = {2}, from 64 to 32 bits"),
            Map.entry("vbroadcastss", "{0} = one number of {m}, {n} times"),
            Map.entry("vpbroadcastd", "{0} = {1}, {n} times"),
            Map.entry("vcmpps", "{0} = where {1} and {2} compare as asked"),
            Map.entry("vblendvps", "{0} = {2} where the last one says so, else {1}"),
            Map.entry("vblendmps", "{0} = {2} where its mask says so, else {1}"),
            Map.entry("vmaskmovps", "moves the numbers that the mask names, {1} to {0}"),
            Map.entry("vshuff32x4", "{0} = quarters of {1} and {2}, put together anew"),
            Map.entry("vpunpckldq", "{0} = lower halves of {1} and {2}, by turns"),
            Map.entry("vpunpckhdq", "{0} = upper halves of {1} and {2}, by turns"),
            Map.entry("vpunpcklqdq", "{0} = lower pairs of {1} and {2}, by turns"),
            Map.entry("vpunpckhqdq", "{0} = upper pairs of {1} and {2}, by turns"),
            Map.entry("vunpcklps", "{0} = lower halves of {1} and {2}, by turns"),
            Map.entry("vunpckhps", "{0} = upper halves of {1} and {2}, by turns"),
            Map.entry("vinsertf128", "{0} = {1} with a half of {2} in it"),
            Map.entry("vperm2f128", "{0} = halves of {1} and {2}, put together anew"),
            Map.entry("vpshufd", "{0} = the numbers of {1} in another order"),
            Map.entry("vpermd", "{0} = the numbers of {2} in the order of {1}"),
            Map.entry("vpackssdw", "{0} = {1} and {2} in 16 bits each"),
            Map.entry("vpacksswb", "{0} = {1} and {2} in 8 bits each"),
            Map.entry("vextractf128", "{0} = a half of {1}"),
            Map.entry("vextractf64x4", "{0} = a half of {1}"),
            Map.entry("kmovw", "{0} = {1}, a mask of {n} bits"),
            Map.entry("bzhi", "{0} = the lowest bits of {1}, as many as {2} says"),
            Map.entry("lea", "{0} = the address {1}"),
            Map.entry("add", "{0} += {1}"),
            Map.entry("sub", "{0} -= {1}"),
            Map.entry("imul", "{0} = {1} * {2}"),
            Map.entry("shl", "{0} shifted to the left by {1}"),
            Map.entry("and", "{0} = the bits that {0} and {1} share"),
            Map.entry("xor", "{0} = the bits of {0} or {1}, not of both"),
            Map.entry("dec", "one less in {0}"),
            Map.entry("cmp", "compares {0} with {1}"),
            Map.entry("test", "looks whether {0} is 0"),
            Map.entry("jnz", "goes on at {0} unless that was 0"),
            Map.entry("jz", "goes on at {0} if that was 0"),
            Map.entry("jb", "goes on at {0} if that was less"),
            Map.entry("ja", "goes on at {0} if that was more"),
            Map.entry("jae", "goes on at {0} if that was not less"),
            Map.entry("jmp", "goes on at {0}"),
            Map.entry("prefetcht0", "brings a cache line of {m} nearer"),
            Map.entry("push", "keeps {0}"),
            Map.entry("pop", "restores {0}"),
            Map.entry("nop", "nothing: what follows begins on a boundary"),
            Map.entry(".nops", "nothing: what follows begins on a boundary"),
            Map.entry(".long", "a constant of 32 bits"),
            Map.entry("vzeroupper", "leaves the vector registers as others expect them"),
            Map.entry("ret", "returns to Java"));

    private InstructionComments() {}

    /**
     * Returns what an instruction does.
     *
     * @param text in Intel's syntax
     * @param tile whether it is one of {@link TileCode}, whose registers have names
     */
    static String of(String text, boolean tile) {
        String plain = text.replace("{vex} ", "");
        int space = plain.indexOf(' ');
        String name = space < 0 ? plain : plain.substring(0, space);
        String[] operands =
                space < 0 ? new String[0] : plain.substring(space + 1).split(", ");
        String words = words(name, operands);
        for (int i = 0; i < operands.length; i++) {
            words = words.replace("{" + i + "}", shown(operands[i], tile));
        }
        return words.replace("{n}", Integer.toString(numbers(operands))).replace("{m}", memory(operands, tile));
    }

    private static String words(String name, String[] operands) {
        if (name.equals("vxorps") && operands[0].equals(operands[1]) && operands[1].equals(operands[2])) {
            return "{0} = 0";
        }
        if (name.startsWith("vmov") || name.equals("mov")) {
            boolean several = name.equals("vmovups");
            return operands[0].startsWith("[")
                    ? several ? "{n} numbers of {1} to {0}" : "{1} to {0}"
                    : several && operands[1].startsWith("[") ? "{0} = {n} numbers of {1}" : "{0} = {1}";
        }
        return WORDS.getOrDefault(name, "");
    }

    private static String shown(String operand, boolean tile) {
        Matcher memory = MEMORY.matcher(operand);
        if (!memory.find()) {
            return operand;
        }
        String what = tile ? OF_TILES.get(memory.group(1)) : null;
        return what == null ? "memory at " + memory.group(1) + memory.group(2) : what;
    }

    private static String memory(String[] operands, boolean tile) {
        for (String operand : operands) {
            if (operand.contains("[")) {
                return shown(operand, tile);
            }
        }
        return operands.length > 1 ? operands[1] : "";
    }

    /** Returns how many numbers of 32 bits the widest register has. */
    private static int numbers(String[] operands) {
        int numbers = 1;
        for (String operand : operands) {
            int here = operand.contains("zmm") ? 16 : operand.contains("ymm") ? 8 : operand.contains("xmm") ? 4 : 1;
            numbers = Math.max(numbers, here);
        }
        return numbers;
    }
}
