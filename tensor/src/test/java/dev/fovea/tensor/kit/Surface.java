package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.reflect.AccessFlag;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads from {@code module-info.class} and class files what a module shows to everybody: the public types of the
 * packages that it exports without a condition.
 */
public final class Surface {

    /** A class in a descriptor or a generic signature; a nested class follows its outer one after a dot. */
    private static final Pattern DESCRIBED = Pattern.compile("L(dev/fovea/[\\w/$]+)");

    private static final Pattern MEMBER = Pattern.compile("\\$\\d");

    private final Set<String> exportedByAll = new HashSet<>();
    private final Set<String> exported = new HashSet<>();
    private final Map<String, ClassModel> types = new TreeMap<>();

    private Surface() {}

    /**
     * Reads a module.
     *
     * @param classes the folder of {@code module-info.class}, such as {@code target/classes}
     * @throws IOException if a file cannot be read
     */
    public static Surface of(Path classes) throws IOException {
        Surface surface = new Surface();
        ClassLoader loader = Surface.class.getClassLoader();
        for (URL info : loader.resources("module-info.class").toList()) {
            try (InputStream stream = info.openStream()) {
                addExports(stream, surface.exportedByAll);
            }
        }
        try (InputStream stream = Files.newInputStream(classes.resolve("module-info.class"))) {
            addExports(stream, surface.exported);
        }
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                ClassModel type = ClassFile.of().parse(file);
                String name = type.thisClass().asInternalName();
                if (surface.exported.contains(packageOf(name)) && isVisible(type)) {
                    surface.types.put(name.replace('/', '.'), type);
                }
            }
        }
        surface.types.keySet().removeIf(name -> !surface.types.containsKey(name.split("\\$", 2)[0]));
        return surface;
    }

    private static void addExports(InputStream info, Set<String> packages) throws IOException {
        for (Exports exports : ModuleDescriptor.read(info).exports()) {
            if (!exports.isQualified()) {
                packages.add(exports.source().replace('.', '/'));
            }
        }
    }

    private static String packageOf(String internalName) {
        return internalName.substring(0, Math.max(0, internalName.lastIndexOf('/')));
    }

    /** Returns whether a class and, if it is nested, the nested classes around it are public. */
    private static boolean isVisible(ClassModel type) {
        String name = type.thisClass().asInternalName();
        if (!type.flags().has(AccessFlag.PUBLIC) || MEMBER.matcher(name).find()) {
            return false;
        }
        return type.findAttribute(Attributes.innerClasses()).stream()
                .flatMap(nested -> nested.classes().stream())
                .filter(nested -> (name + "$").startsWith(nested.innerClass().asInternalName() + "$"))
                .allMatch(nested -> nested.has(AccessFlag.PUBLIC));
    }

    /** Lists the names of the types, nested ones behind a {@code $}, in the order of the alphabet. */
    public List<String> types() {
        return List.copyOf(types.keySet());
    }

    /** Counts the types, those that are nested in others left out. */
    public int size() {
        return (int) types.keySet().stream().filter(name -> !name.contains("$")).count();
    }

    /** Fails if a signature that everybody sees names a class of Fovea that not everybody sees. */
    public void requireNoLeaks() {
        if (types.isEmpty()) {
            fail("no public types in exported packages");
        }
        List<String> leaks = new ArrayList<>();
        types.forEach((name, type) -> {
            type.superclass().ifPresent(above -> add(leaks, name, above));
            type.interfaces().forEach(above -> add(leaks, name, above));
            type.findAttribute(Attributes.signature())
                    .ifPresent(
                            signature -> add(leaks, name, signature.signature().stringValue()));
            type.fields().stream().filter(field -> isShown(field.flags())).forEach(field -> {
                String what = name + "." + field.fieldName();
                add(leaks, what, field.fieldType().stringValue());
                field.findAttribute(Attributes.signature())
                        .ifPresent(signature ->
                                add(leaks, what, signature.signature().stringValue()));
            });
            type.methods().stream().filter(method -> isShown(method.flags())).forEach(method -> {
                String what = name + "." + method.methodName();
                add(leaks, what, method.methodType().stringValue());
                method.findAttribute(Attributes.signature())
                        .ifPresent(signature ->
                                add(leaks, what, signature.signature().stringValue()));
                method.findAttribute(Attributes.exceptions())
                        .ifPresent(thrown -> thrown.exceptions().forEach(one -> add(leaks, what, one)));
            });
        });
        assertEquals(List.of(), leaks, "signatures that name what is not exported");
    }

    private static boolean isShown(AccessFlags flags) {
        boolean compiler = flags.has(AccessFlag.SYNTHETIC);
        return !compiler && (flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED));
    }

    private void add(List<String> leaks, String what, ClassEntry type) {
        add(leaks, what, "L" + type.asInternalName() + ";");
    }

    private void add(List<String> leaks, String what, String described) {
        Matcher named = DESCRIBED.matcher(described);
        while (named.find()) {
            String type = named.group(1);
            String name = type.replace('/', '.');
            boolean own = exported.contains(packageOf(type));
            if (own ? !types.containsKey(name) : !exportedByAll.contains(packageOf(type))) {
                leaks.add(what + ": " + name);
            }
        }
    }
}
