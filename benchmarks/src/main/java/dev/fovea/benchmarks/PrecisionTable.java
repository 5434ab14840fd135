package dev.fovea.benchmarks;

import dev.fovea.tensor.Precision;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Formats contestants of several precisions beside each other, a row for each work and contestant, with what their
 * precision costs.
 */
final class PrecisionTable {

    /** Explains the columns, for the heading above a table. */
    static final String LEGEND = """
            Median (least) in ms; *to its best peer*: Fovea's median over that of the best peer in f32 for f32, \
            in bf16 for bf16 and int16, in
            int8 for int8; *to f32*: over Fovea's median in f32; *error*: the largest difference from PyTorch's answer \
            in f32, relative to its
            largest number, or how many tokens of a text differ from PyTorch's in f32; *cosine*: the least of any row \
            of the answer.
            """;

    private final Results results;

    PrecisionTable(Results results) {
        this.results = results;
    }

    String table() {
        StringBuilder table =
                new StringBuilder("| work | contestant | ms | to its best peer | to f32 | error | cosine |\n");
        table.append("|---|---|---|---|---|---|---|\n");
        for (Work work : results.works()) {
            List<Results.Summary> all = results.summaries(work);
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i) != null) {
                    row(table, work, results.contestants().get(i), all.get(i));
                }
            }
        }
        return table.toString();
    }

    private void row(StringBuilder table, Work work, Contestant.Entrant who, Results.Summary summary) {
        double best = results.best(work, rival(who.precision()));
        Results.Summary plain = find(work, true);
        table.append(String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s |%n",
                work.name(),
                who.name(),
                summary.milliseconds(),
                who.fovea() && !Double.isInfinite(best) ? ratio(summary.median() / best) : "",
                plain == null ? "" : ratio(summary.median() / plain.median()),
                error(summary, find(work, false)),
                summary.agreement().equals(Agreement.UNKNOWN)
                        ? ""
                        : String.format(Locale.ROOT, "%.6f", summary.agreement().cosine())));
    }

    /** Returns the peers' precision that ours competes with: int16 takes the time of bf16. */
    private static Precision rival(Precision precision) {
        return precision == Precision.INT16 ? Precision.BF16 : precision;
    }

    private static String ratio(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    /** Finds what the first contestant in f32 did: Fovea, or a peer that answered with tokens as only PyTorch does. */
    private Results.Summary find(Work work, boolean fovea) {
        List<Results.Summary> all = results.summaries(work);
        return IntStream.range(0, all.size())
                .filter(i -> results.contestants().get(i).fovea() == fovea)
                .filter(i -> results.contestants().get(i).precision() == Precision.F32)
                .mapToObj(all::get)
                .filter(summary -> summary != null && (fovea || summary.tokens().length > 0))
                .findFirst()
                .orElse(null);
    }

    private static String error(Results.Summary summary, Results.Summary torch) {
        if (!summary.agreement().equals(Agreement.UNKNOWN)) {
            return String.format(Locale.ROOT, "%.1e", summary.agreement().difference());
        }
        if (torch == null || summary.tokens().length == 0) {
            return "";
        }
        return TokenChanges.between(torch.tokens(), summary.tokens()) + " of " + torch.tokens().length + " tokens";
    }
}
