package dev.fovea.app.pictures;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.results.ResultFile;
import dev.fovea.app.results.RunRecord;
import dev.fovea.app.terminal.Console;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Fills the folder of {@code --draw-to}: a PNG file for each picture of a run, in sub-folders like those of the
 * pictures. A file {@code .run} in it says with which command, model and options it is made and what was drawn. So the
 * same command continues where it was stopped, another one is refused, and no file of anybody else's is overwritten.
 */
final class DrawnFolder implements PictureOutputs.Target, AutoCloseable {

    private static final String RECORD = ".run";
    private static final String DRAWN = "drawn";

    private final Console console;
    private final Path folder;
    /** The folder below which the pictures' own folders are kept. */
    private final Path root;

    private final AppendedFile record;
    private final Set<String> drawn = new HashSet<>();
    private final Map<Path, Path> pictureOfFile = new HashMap<>();
    private final Set<String> complaints = new HashSet<>();

    private DrawnFolder(Console console, Path folder, Path root, AppendedFile record) {
        this.console = console;
        this.folder = folder;
        this.root = root;
        this.record = record;
    }

    /**
     * Opens a folder, new or begun.
     *
     * @param given the files and folders of pictures on the command line
     * @param settings what drawings depend on, by name
     * @throws FoveaException if it is a file, is one of the given folders, or was begun with other settings
     */
    static DrawnFolder open(Console console, Path folder, List<Path> given, Map<String, String> settings) {
        try {
            for (Path pictures : given) {
                if (Files.isDirectory(pictures) && Files.isDirectory(folder) && Files.isSameFile(pictures, folder)) {
                    throw new FoveaException(folder
                            + ": --draw-to would mix drawings with the pictures of this folder; choose another folder");
                }
            }
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException file) {
            throw new FoveaException(
                    folder + ": is a file, expected a folder for --draw-to; choose another name", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        AppendedFile record = AppendedFile.open(folder.resolve(RECORD));
        try {
            DrawnFolder drawings = new DrawnFolder(console, folder, root(given), record);
            RunRecord.check(record, folder, false, settings);
            drawings.readBack();
            return drawings;
        } catch (RuntimeException e) {
            try (record) {
                throw e;
            }
        }
    }

    private void readBack() {
        long[] end = new long[1];
        record.lines((line, lineEnd) -> {
            drawn.add(RunRecord.parse(line).get(DRAWN).text(""));
            end[0] = lineEnd;
        });
        record.truncate(end[0]);
    }

    /**
     * Returns the folder below which all pictures lie: a single folder itself, or what files and several folders have
     * in common.
     */
    private static Path root(List<Path> given) {
        Path root = null;
        for (Path path : given) {
            Path whole = path.toAbsolutePath().normalize();
            boolean alone = given.size() == 1 && Files.isDirectory(path);
            Path above = alone || whole.getParent() == null ? whole : whole.getParent();
            root = root == null ? above : common(root, above);
        }
        return root;
    }

    private static Path common(Path one, Path other) {
        Path common = one;
        while (!other.startsWith(common) && common.getParent() != null) {
            common = common.getParent();
        }
        return common;
    }

    private String name(Path picture) {
        Path whole = picture.toAbsolutePath().normalize();
        Path inside = whole.startsWith(root)
                ? root.relativize(whole)
                : whole.getRoot().relativize(whole); // on another drive
        String name = inside.toString();
        return name.toLowerCase(Locale.ROOT).endsWith(".png") ? name : name + ".png";
    }

    @Override
    public Path file(Path picture) {
        return folder.resolve(name(picture));
    }

    @Override
    public String refusal(Path picture) {
        Path file = file(picture);
        Path other = pictureOfFile.putIfAbsent(file, picture);
        if (other != null && !other.equals(picture)) {
            return picture + ": would be drawn to " + file + ", as " + other + "; rename one of them";
        }
        if (Files.exists(picture) && !Files.isRegularFile(picture)) {
            return picture
                    + ": is no file that can be read twice, as --draw-to must; use --draw, or copy it into a file";
        }
        if (!drawn.contains(name(picture)) && Files.exists(file)) {
            return file + ": is there already and was not drawn by this command; move it, or choose another folder";
        }
        return null;
    }

    /**
     * Returns whether a picture has a drawing. The record is written first, so a drawing that was begun is known, too.
     */
    @Override
    public boolean has(Path picture) {
        Path file = file(picture);
        try {
            return drawn.contains(name(picture)) && Files.isRegularFile(file) && Files.size(file) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Draws on a picture, which is read once more: kept whole until the answer is known, a few would fill the memory.
     */
    void write(Path picture, FlorenceResult result) {
        Path file = file(picture);
        String name = name(picture);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new FoveaException(
                    file + ": cannot be written (" + file.getParent() + " cannot be made a folder); check " + folder,
                    e);
        }
        if (drawn.add(name)) {
            record.append(ResultFile.line(json -> json.writeStringField(DRAWN, name)));
            record.sync(); // a drawing that outlives a power failure is known to be ours
        }
        List<String> said = Picture.read(picture, whole -> {
            Drawing drawing = Drawing.of(whole, result.findings());
            drawing.write(file);
            return drawing.complaints();
        });
        said.stream().filter(complaints::add).forEach(console::warn);
    }

    @Override
    public void close() {
        record.close();
    }
}
