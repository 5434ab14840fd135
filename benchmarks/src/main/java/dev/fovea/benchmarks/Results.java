package dev.fovea.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The times of one model's works by contestant; the first contestant is Fovea. */
final class Results {

    private final List<String> contestants;
    private final Map<Work, List<List<Contestant.Times>>> times = new LinkedHashMap<>();

    Results(List<String> contestants) {
        this.contestants = contestants;
    }

    void add(Work work, int contestant, Contestant.Times found) {
        List<List<Contestant.Times>> byContestant = times.computeIfAbsent(work, key -> {
            List<List<Contestant.Times>> empty = new ArrayList<>();
            contestants.forEach(name -> empty.add(new ArrayList<>()));
            return empty;
        });
        byContestant.get(contestant).add(found);
    }

    /**
     * A Markdown table: median and least time of everyone, Fovea's median over the best peer's, Fovea's share of the peak.
     *
     * @param flops of a work, NaN where nobody counted
     */
    String table(ToDoubleFunction<Work> flops, double peak) {
        StringBuilder table = new StringBuilder("| work |");
        contestants.forEach(name -> table.append(' ').append(name).append(" |"));
        table.append(" to the best peer | of peak | difference |\n|---|");
        table.append("---|".repeat(contestants.size() + 3)).append('\n');
        for (Map.Entry<Work, List<List<Contestant.Times>>> entry : times.entrySet()) {
            double best = Double.POSITIVE_INFINITY;
            double ours = Double.NaN;
            double difference = 0;
            table.append("| ").append(entry.getKey().name()).append(" |");
            for (int i = 0; i < contestants.size(); i++) {
                double[] all = entry.getValue().get(i).stream()
                        .flatMapToDouble(found -> Arrays.stream(found.milliseconds()))
                        .sorted()
                        .toArray();
                if (all.length == 0) {
                    table.append(" - |"); // not among what this one does
                    continue;
                }
                double median = (all[(all.length - 1) / 2] + all[all.length / 2]) / 2;
                table.append(String.format(Locale.ROOT, " %.1f (%.1f) |", median, all[0]));
                if (i == 0) {
                    ours = median;
                } else if (!contestants.get(i).startsWith("Fovea")) {
                    best = Math.min(best, median);
                }
                for (Contestant.Times found : entry.getValue().get(i)) {
                    difference = Math.max(difference, found.difference());
                }
            }
            double share = flops.applyAsDouble(entry.getKey()) / (ours / 1e3) / (peak * 1e9);
            table.append(Double.isInfinite(best) ? " |" : String.format(Locale.ROOT, " %.2f |", ours / best));
            table.append(Double.isNaN(share) ? " |" : String.format(Locale.ROOT, " %.0f%% |", 100 * share));
            table.append(String.format(Locale.ROOT, " %.0e |\n", difference));
        }
        return table.toString();
    }
}
