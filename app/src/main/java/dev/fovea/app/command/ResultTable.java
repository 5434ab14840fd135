package dev.fovea.app.command;

import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.models.LabelScore;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Formats scores for people: bars at a terminal, tab-separated fields anywhere else. */
final class ResultTable {

    private static final int LONGEST_BAR = 40;
    private static final int PERCENT = 6;

    private final Style style;
    private final int labelColumns;
    private final int fileColumns;
    private final int shown;

    /**
     * Makes a table for these labels and files.
     *
     * @param shown how many labels a picture gets
     */
    ResultTable(Style style, List<String> labels, List<Path> files, int shown) {
        this.style = style;
        this.shown = shown;
        this.labelColumns = columns(labels.stream().map(style::value).toList(), style.columns() / 2);
        this.fileColumns = columns(files.stream().map(style::value).toList(), style.columns() / 3);
    }

    private int columns(Collection<String> texts, int most) {
        return style.terminal()
                ? Math.min(texts.stream().mapToInt(TextWidth::of).max().orElse(0), most)
                : 0;
    }

    /** Returns one picture's labels, one a line. */
    String ofOne(List<LabelScore> scores) {
        StringBuilder text = new StringBuilder();
        for (int rank = 0; rank < Math.min(shown, scores.size()); rank++) {
            text.append(line(rank, scores.get(rank), style.columns()));
        }
        if (scores.size() > shown && style.terminal()) {
            text.append(style.dim((scores.size() - shown) + " more labels; --top shows more\n"));
        }
        return text.toString();
    }

    /** Returns the lines of one of many pictures: its name, then its best labels. */
    String ofMany(Path file, List<LabelScore> scores) {
        StringBuilder text = new StringBuilder();
        for (int rank = 0; rank < Math.min(shown, scores.size()); rank++) {
            if (style.terminal()) {
                String name = TextWidth.fit(rank == 0 ? style.value(file) : "", fileColumns);
                text.append(style.bold(name)).append("  ");
                text.append(line(rank, scores.get(rank), style.columns() - fileColumns - 2));
            } else {
                text.append(style.value(file)).append('\t').append(line(rank, scores.get(rank), 0));
            }
        }
        return text.toString();
    }

    private String line(int rank, LabelScore score, int columns) {
        String percent = Style.percent(score.score());
        if (!style.terminal()) {
            return percent + "\t" + style.value(score.label()) + "\n";
        }
        String label = TextWidth.fit(style.value(score.label()), labelColumns);
        String share = " ".repeat(Math.max(0, PERCENT - percent.length())) + percent;
        int room = Math.clamp(columns - labelColumns - PERCENT - 4, 0, LONGEST_BAR);
        String bar = style.bar(score.score(), room).stripTrailing();
        boolean best = rank == 0;
        return (best ? style.bold(label) : label) + "  " + (best ? style.bold(share) : share) + "  "
                + (best ? style.sure(score.score(), bar) : style.dim(bar)) + "\n";
    }
}
