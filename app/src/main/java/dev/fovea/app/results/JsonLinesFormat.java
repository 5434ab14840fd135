package dev.fovea.app.results;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.json.Json;
import dev.fovea.tensor.FoveaException;
import java.util.Set;

/** Writes JSON lines: an object for each result, which begins with what it is about. */
final class JsonLinesFormat implements ResultFile.Format {

    private final AppendedFile file;

    JsonLinesFormat(AppendedFile file) {
        this.file = file;
    }

    @Override
    public void readBack(Set<ResultFile.Subject> done) {
        long[] end = new long[1];
        file.lines((line, lineEnd) -> {
            ResultFile.Subject subject = ResultFile.Subject.of(RunRecord.parse(line));
            if (subject == null) {
                throw new FoveaException(file.file() + ": has a line that is about no picture; choose another file");
            }
            done.add(subject);
            end[0] = lineEnd;
        });
        file.truncate(end[0]);
    }

    @Override
    public void append(ResultFile.Subject subject, Json.Document result) {
        file.append(ResultFile.line(json -> {
            json.writeStringField(subject.kind(), subject.name());
            result.write(json);
        }));
    }
}
