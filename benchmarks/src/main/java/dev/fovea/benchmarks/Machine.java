package dev.fovea.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Describes for people what a result was measured on. */
final class Machine {

    private Machine() {}

    /** Returns processor, memory, system and Java in one line. */
    static String description() {
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %.0f GiB; %s %s %s; %s %s",
                field("/proc/cpuinfo", "model name", System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                Double.parseDouble(field("/proc/meminfo", "MemTotal", "0 kB").split(" ")[0]) / (1 << 20),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                System.getProperty("java.vendor.version", System.getProperty("java.vendor")),
                System.getProperty("java.version"));
    }

    /** Returns a field of a file of {@code name: value} lines, where there is such a file. */
    private static String field(String file, String name, String absent) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(absent);
        } catch (IOException e) {
            return absent;
        }
    }
}
