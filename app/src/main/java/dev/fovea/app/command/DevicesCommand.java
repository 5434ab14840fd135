package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Lists the devices that there are to compute on. */
@Command(
        name = "devices",
        description = {
            "Show what --device can mean on this machine: the CPU, and every OpenCL device with its driver and memory.",
            "A device is chosen by number (--device opencl:1) or by a part of its name (--device opencl:nvidia)."
        },
        footer = {"", "Example: fovea devices --json"})
public final class DevicesCommand implements Callable<Integer> {

    private static final int ID_COLUMNS = 11;

    private final Session session;

    /** Makes the command for a session that is set up while the command line is read. */
    public DevicesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<BackendDevice> devices = Backends.devices();
        if (session.json()) {
            session.console().print(json -> write(json, devices));
        } else {
            StringBuilder text = new StringBuilder();
            devices.forEach(device -> describe(text, device));
            session.console().print(text.toString());
        }
        return 0;
    }

    private static void write(JsonGenerator json, List<BackendDevice> devices) throws IOException {
        json.writeArrayFieldStart("devices");
        for (BackendDevice device : devices) {
            json.writeStartObject();
            json.writeStringField("device", device.id());
            json.writeBooleanField("usable", device.problem() == null);
            json.writeStringField("problem", device.problem());
            json.writeStringField("kind", device.kind());
            json.writeStringField("name", device.name());
            json.writeStringField("platform", device.platform());
            json.writeStringField("driver", device.driver());
            json.writeNumberField("computeUnits", device.computeUnits());
            json.writeNumberField("memoryBytes", device.memoryBytes());
            json.writeArrayFieldStart("precisions");
            for (Precision precision : device.precisions()) {
                json.writeString(precision.toString());
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static String precisions(BackendDevice device, String separator) {
        return device.precisions().stream().map(Precision::toString).collect(Collectors.joining(separator));
    }

    private void describe(StringBuilder text, BackendDevice device) {
        Style style = session.console().style();
        if (!style.terminal()) {
            text.append(Stream.of(
                                    device.id(),
                                    device.kind(),
                                    device.name(),
                                    String.valueOf(device.computeUnits()),
                                    String.valueOf(device.memoryBytes()),
                                    device.platform(),
                                    device.driver(),
                                    device.problem() == null ? "" : device.problem(),
                                    precisions(device, ","))
                            .map(style::value)
                            .collect(Collectors.joining("\t")))
                    .append('\n');
            return;
        }
        text.append(style.bold(TextWidth.fit(device.id(), ID_COLUMNS)));
        if (!device.name().isEmpty()) {
            text.append(device.kind()).append(", ").append(style.value(device.name()));
            text.append(", ").append(device.computeUnits());
            text.append(device.id().equals(Backends.DEFAULT) ? " cores" : " compute units");
            if (device.memoryBytes() > 0) {
                text.append(", ").append(Style.bytes(device.memoryBytes()));
            }
            text.append(", ").append(style.value(device.platform()));
            text.append(device.driver().isEmpty() ? "" : ", driver " + style.value(device.driver()));
            text.append(device.precisions().isEmpty() ? "" : "; --compute " + precisions(device, ", "));
        }
        if (device.problem() != null) {
            text.append(device.name().isEmpty() ? "" : "; ")
                    .append("not usable: ")
                    .append(style.value(device.problem()));
        }
        text.append('\n');
    }
}
