package dev.fovea.kernels.cpu.loops;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import jdk.incubator.vector.FloatVector;

/**
 * Tells what is known of the compiler that turns the Vector API into instructions. Only HotSpot's C2 surely does;
 * without it every vector is an object, hundreds of times slower than plain loops. All answers are facts about the JVM:
 * none depends on how busy the machine is.
 */
public final class VectorCompiler {

    /** Narrower vectors are what the API offers where there are none. */
    private static final int FEWEST_BITS = 128;

    private VectorCompiler() {}

    /** Answers whether vectors become instructions here. */
    public enum Answer {
        YES,
        NO,
        /** A JVM that is not HotSpot, or HotSpot with a compiler that was plugged in. */
        UNKNOWN
    }

    /** Returns what the system properties say: at no cost, and right but for a few rare flags. */
    public static Answer asDescribed() {
        String info = System.getProperty("java.vm.info", "");
        boolean isServer = System.getProperty("java.vm.name", "").matches("(OpenJDK|Java HotSpot).*Server VM.*");
        if (info.contains("interpreted") || info.contains("emulated-client") || !areVectorsThere()) {
            return Answer.NO; // -Xint, or the quick compiler alone: -XX:TieredStopAtLevel=1
        }
        boolean isPluggedIn = System.getProperty("java.vendor.version", "").contains("GraalVM")
                || System.getProperty("jvmci.Compiler") != null;
        return isServer && !isPluggedIn ? Answer.YES : Answer.UNKNOWN;
    }

    private static boolean areVectorsThere() {
        int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        return preferred >= FEWEST_BITS && Simd.FLOATS.vectorBitSize() <= preferred;
    }

    /**
     * Returns what the JVM's flags say too. It takes the management classes, so it is for those who have a reason to
     * ask.
     */
    public static Answer asFlagged() {
        try {
            if (flag("UseCompiler").equals("false")
                    || flag("EnableVectorSupport").equals("false")
                    || flag("TieredStopAtLevel").matches("[0-3]")) {
                return Answer.NO;
            }
            return flag("UseJVMCICompiler").equals("true") ? Answer.UNKNOWN : asDescribed();
        } catch (LinkageError noManagement) {
            return asDescribed();
        }
    }

    /** Returns a flag's value, or an empty text: flags for experiments show only when somebody unlocks them. */
    private static String flag(String name) {
        HotSpotDiagnosticMXBean flags = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        try {
            return flags == null ? "" : flags.getVMOption(name).getValue();
        } catch (IllegalArgumentException hidden) {
            return "";
        }
    }

    /** Returns whether some work makes no objects, as vectors that became instructions do not. */
    public static boolean makesNoObjects(Runnable work) {
        try {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long thread = Thread.currentThread().threadId();
            threads.getThreadAllocatedBytes(thread);
            long before = threads.getThreadAllocatedBytes(thread);
            long asking = threads.getThreadAllocatedBytes(thread) - before;
            before = threads.getThreadAllocatedBytes(thread);
            work.run();
            return threads.getThreadAllocatedBytes(thread) - before <= asking;
        } catch (LinkageError | ClassCastException | UnsupportedOperationException cannotTell) {
            return false;
        }
    }
}
