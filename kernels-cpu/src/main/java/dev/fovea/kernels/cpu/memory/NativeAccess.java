package dev.fovea.kernels.cpu.memory;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import java.lang.foreign.MemorySegment;

/**
 * Checks that the JVM lets kernels read memory by address. Asked before {@link Memory} is loaded, which could not be
 * loaded without.
 */
public final class NativeAccess {

    private NativeAccess() {}

    /**
     * @throws FoveaException if it does not, saying which flag does
     */
    public static void require() {
        try {
            MemorySegment ignored = MemorySegment.NULL.reinterpret(1);
        } catch (IllegalCallerException denied) {
            Module module = NativeAccess.class.getModule();
            throw new DeviceException(
                    "the cpu backend reads memory by address, which this JVM denies; start Java with"
                            + " --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED")
                            + ", or use the device \"reference\", which is hundreds of times slower",
                    denied);
        }
    }
}
