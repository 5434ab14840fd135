package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads from class files which packages of a module use which. A module's test needs one line, {@code
 * Rooms.of(Path.of("target/classes")).requireNoCircles()}.
 */
public final class Rooms {

    /** A class in a descriptor or a generic signature. */
    private static final Pattern DESCRIBED = Pattern.compile("L([\\w/$]+)[;<]");

    /** For each package the packages that it uses, each with one use as an example. */
    private final Map<String, Map<String, String>> uses = new TreeMap<>();

    private Rooms() {}

    /**
     * Reads all classes below a folder. Uses of classes from elsewhere do not count.
     *
     * @param classes the folder of the unnamed package, such as {@code target/classes}
     * @throws IOException if a file cannot be read
     */
    public static Rooms of(Path classes) throws IOException {
        List<ClassModel> models = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Rooms::isClass).toList()) {
                models.add(ClassFile.of().parse(file));
            }
        }
        if (models.isEmpty()) {
            fail("no classes in " + classes.toAbsolutePath());
        }
        Rooms rooms = new Rooms();
        for (ClassModel model : models) {
            rooms.uses.put(room(model.thisClass().asInternalName()), new TreeMap<>());
        }
        models.forEach(rooms::read);
        return rooms;
    }

    private static boolean isClass(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".class") && !name.equals("module-info.class");
    }

    private static String room(String internalName) {
        return internalName
                .substring(0, Math.max(0, internalName.lastIndexOf('/')))
                .replace('/', '.');
    }

    private void read(ClassModel model) {
        String user = model.thisClass().asInternalName();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry used && !used.asInternalName().startsWith("[")) {
                add(user, used.asInternalName());
            } else if (entry instanceof Utf8Entry text) {
                Matcher described = DESCRIBED.matcher(text.stringValue());
                while (described.find()) {
                    add(user, described.group(1));
                }
            }
        }
    }

    private void add(String user, String used) {
        String from = room(user);
        String to = room(used);
        if (!from.equals(to) && uses.containsKey(to)) {
            uses.get(from).putIfAbsent(to, simpleName(user) + " uses " + simpleName(used));
        }
    }

    private static String simpleName(String internalName) {
        return internalName.substring(internalName.lastIndexOf('/') + 1);
    }

    /** Returns the packages that a package uses, in the order of their names. */
    public Collection<String> usedBy(String room) {
        return uses.getOrDefault(room, Map.of()).keySet();
    }

    /** Fails if packages use each other, directly or by way of others; the message names a shortest circle. */
    public void requireNoCircles() {
        List<String> shortest = null;
        for (String room : uses.keySet()) {
            List<String> circle = circle(room);
            if (circle != null && (shortest == null || circle.size() < shortest.size())) {
                shortest = circle;
            }
        }
        if (shortest != null) {
            StringBuilder message = new StringBuilder("packages in a circle:");
            for (int i = 0; i + 1 < shortest.size(); i++) {
                String from = shortest.get(i);
                String to = shortest.get(i + 1);
                message.append("\n  ").append(from).append(" -> ").append(to);
                message.append(" (").append(uses.get(from).get(to)).append(")");
            }
            fail(message.toString());
        }
    }

    /** Returns a shortest way from a package back to itself, or null. */
    private List<String> circle(String start) {
        Map<String, String> cameFrom = new LinkedHashMap<>();
        Deque<String> next = new ArrayDeque<>(List.of(start));
        while (!next.isEmpty()) {
            String room = next.remove();
            for (String used : usedBy(room)) {
                if (used.equals(start)) {
                    List<String> way = new ArrayList<>(List.of(start));
                    for (String step = room; !step.equals(start); step = cameFrom.get(step)) {
                        way.addFirst(step);
                    }
                    way.addFirst(start);
                    return way;
                }
                if (cameFrom.putIfAbsent(used, room) == null) {
                    next.add(used);
                }
            }
        }
        return null;
    }
}
