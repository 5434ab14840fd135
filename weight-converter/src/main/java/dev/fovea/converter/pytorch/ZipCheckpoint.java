package dev.fovea.converter.pytorch;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.safetensors.Text;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads the zip format of PyTorch 1.6 and later ({@code torch/serialization.py}, {@code
 * caffe2/serialize/inline_container.h}). Under one folder of any name it has {@code data.pkl}, the pickle, {@code
 * data/KEY}, the bytes of each storage, and {@code byteorder}. TorchScript archives have {@code constants.pkl} and
 * {@code code/} beside these, which stay unread.
 */
final class ZipCheckpoint {

    private static final String PICKLE = "data.pkl";

    private ZipCheckpoint() {}

    static PytorchFile.Content read(String file, MemorySegment bytes) {
        ZipEntries zip = new ZipEntries(file, bytes);
        String folder = folder(file, zip);
        String order = folder + "byteorder";
        if (zip.has(order) && !text(zip.data(order)).strip().equals("little")) {
            throw new ModelException(file + ": its byte order is " + Text.quote(text(zip.data(order)))
                    + ", only little is known; load and save it on a usual computer");
        }
        String pickle = folder + PICKLE;
        if (zip.data(pickle).byteSize() > PickleMachine.LONGEST) {
            throw new ModelException(
                    file + ": its pickle has " + zip.data(pickle).byteSize() + " bytes, more than "
                            + PickleMachine.LONGEST + "; save the model's state_dict() alone");
        }
        zip.check(pickle);
        Tensors tensors = new Tensors(file, key -> zip.data(folder + "data/" + key));
        Object root = new PickleMachine(file, zip.data(pickle), tensors).run();
        boolean script = zip.has(folder + "constants.pkl");
        return new PytorchFile.Content(
                StateDict.of(file, root),
                script,
                () -> tensors.storages().forEach(storage -> zip.check(folder + "data/" + storage.key())));
    }

    /** Returns the folder with the pickle, with its slash. */
    private static String folder(String file, ZipEntries zip) {
        List<String> folders = zip.names().stream()
                .filter(name -> name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
                .map(name -> name.substring(0, name.length() - PICKLE.length()))
                .toList();
        if (folders.size() != 1) {
            throw new ModelException(file + ": a zip file, but not a PyTorch checkpoint: it has " + folders.size()
                    + " files FOLDER/" + PICKLE + "; pass a file that torch.save wrote");
        }
        return folders.getFirst();
    }

    private static String text(MemorySegment bytes) {
        return new String(
                bytes.asSlice(0, Math.min(20, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8);
    }
}
