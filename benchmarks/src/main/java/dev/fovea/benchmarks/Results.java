package dev.fovea.benchmarks;

import dev.fovea.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Holds the times of one model's works by contestant; the first contestant is Fovea. */
final class Results {

    private final List<Contestant.Entrant> contestants;
    private final Map<Work, List<List<Contestant.Times>>> times = new LinkedHashMap<>();

    Results(List<Contestant.Entrant> contestants) {
        this.contestants = contestants;
    }

    /**
     * Summarises one contestant's runs of a work.
     *
     * @param median milliseconds
     * @param least milliseconds
     * @param agreement the worst
     * @param tokens of a generated text, else none
     */
    record Summary(double median, double least, Agreement agreement, int[] tokens) {

        static Summary of(List<Contestant.Times> found) {
            double[] all = found.stream()
                    .flatMapToDouble(times -> Arrays.stream(times.milliseconds()))
                    .sorted()
                    .toArray();
            if (all.length == 0) {
                return null; // not among what this one does
            }
            Agreement agreement =
                    found.stream().map(Contestant.Times::agreement).reduce(Agreement.UNKNOWN, Agreement::and);
            double median = (all[(all.length - 1) / 2] + all[all.length / 2]) / 2;
            return new Summary(median, all[0], agreement, found.getLast().tokens());
        }

        /** Returns median and least for a table. */
        String milliseconds() {
            return String.format(Locale.ROOT, "%.1f (%.1f)", median, least);
        }
    }

    void add(Work work, int contestant, Contestant.Times found) {
        List<List<Contestant.Times>> byContestant = times.computeIfAbsent(work, key -> {
            List<List<Contestant.Times>> empty = new ArrayList<>();
            contestants.forEach(name -> empty.add(new ArrayList<>()));
            return empty;
        });
        byContestant.get(contestant).add(found);
    }

    List<Contestant.Entrant> contestants() {
        return contestants;
    }

    Collection<Work> works() {
        return times.keySet();
    }

    /** Returns everyone's runs of a work; null for those who do not do it. */
    List<Summary> summaries(Work work) {
        return times.get(work).stream().map(Summary::of).toList();
    }

    /** Returns the median of the best peer in a precision; infinite if there is none. */
    double best(Work work, Precision precision) {
        List<Summary> all = summaries(work);
        return IntStream.range(0, all.size())
                .filter(i -> all.get(i) != null)
                .filter(i -> !contestants.get(i).fovea() && contestants.get(i).precision() == precision)
                .mapToDouble(i -> all.get(i).median)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /**
     * Returns a Markdown table, a row for each work: median and least time of everyone, Fovea's median over the best
     * peer's, Fovea's share of the peak. It is for contestants who all compute in f32.
     *
     * @param flops of a work, NaN where nobody counted
     */
    String table(ToDoubleFunction<Work> flops, double peak) {
        StringBuilder table = new StringBuilder("| work |");
        contestants.forEach(
                contestant -> table.append(' ').append(contestant.name()).append(" |"));
        table.append(" to the best peer | of peak | difference |\n|---|");
        table.append("---|".repeat(contestants.size() + 3)).append('\n');
        for (Work work : works()) {
            table.append("| ").append(work.name()).append(" |");
            double difference = 0;
            for (Summary summary : summaries(work)) {
                table.append(summary == null ? " - |" : " " + summary.milliseconds() + " |");
                if (summary != null && !summary.agreement.equals(Agreement.UNKNOWN)) {
                    difference = Math.max(difference, summary.agreement.difference());
                }
            }
            double best = best(work, Precision.F32);
            double ours = summaries(work).getFirst().median;
            double share = flops.applyAsDouble(work) / (ours / 1e3) / (peak * 1e9);
            table.append(Double.isInfinite(best) ? " |" : String.format(Locale.ROOT, " %.2f |", ours / best));
            table.append(Double.isNaN(share) ? " |" : String.format(Locale.ROOT, " %.0f%% |", 100 * share));
            table.append(String.format(Locale.ROOT, " %.0e |\n", difference));
        }
        return table.toString();
    }
}
