package dev.fovea.app;

import dev.fovea.tensor.FoveaException;
import java.util.Set;

/** JSON lines: an object for each picture, which begins with its name. */
final class JsonLinesFormat implements ResultFile.Format {

    private static final String NAME = "image";

    private final AppendedFile file;

    JsonLinesFormat(AppendedFile file) {
        this.file = file;
    }

    @Override
    public void readBack(Set<String> done) {
        long[] end = new long[1];
        file.lines((line, lineEnd) -> {
            String name = ResultFile.parse(line).get(NAME).text(null);
            if (name == null) {
                throw new FoveaException(file.file() + ": has a line without a picture's name; choose another file");
            }
            done.add(name);
            end[0] = lineEnd;
        });
        file.truncate(end[0]);
    }

    @Override
    public void append(String name, Json.Document result) {
        file.append(ResultFile.line(json -> {
            json.writeStringField(NAME, name);
            result.write(json);
        }));
    }
}
