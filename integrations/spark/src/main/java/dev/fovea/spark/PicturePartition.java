package dev.fovea.spark;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Computes the pictures of a partition, some at a time. */
final class PicturePartition implements MapPartitionsFunction<Row, Row> {

    private static final long serialVersionUID = 1;

    /** Pictures that are computed at once. */
    private static final int BATCH = 16;

    /** Time that one picture may take to be decoded, since a partition waits for it. */
    private static final Duration DECODING = Duration.ofMinutes(1);

    private final PictureTask task;
    private final int content;

    /** Computes what a task says, for the pictures in a column. */
    PicturePartition(PictureTask task, int content) {
        this.task = task;
        this.content = content;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        return new Iterator<>() {
            private Iterator<Row> done = List.<Row>of().iterator();

            @Override
            public boolean hasNext() {
                return done.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (!done.hasNext()) {
                    List<Row> batch = new ArrayList<>(BATCH);
                    while (batch.size() < BATCH && rows.hasNext()) {
                        batch.add(rows.next());
                    }
                    done = computed(batch).iterator();
                }
                return done.next();
            }
        };
    }

    private List<Row> computed(List<Row> batch) {
        PictureTask.Loaded model = ExecutorModels.of(task);
        Object[] results = new Object[batch.size()];
        String[] errors = new String[batch.size()];
        List<PreparedPicture> pictures = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            try {
                pictures.add(read(batch.get(i), model));
                places.add(i);
            } catch (CancelledException stopped) {
                throw stopped;
            } catch (FoveaException broken) {
                errors[i] = broken.getMessage();
            }
        }
        compute(model, pictures, places, results, errors);
        List<Row> rows = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            rows.add(with(batch.get(i), results[i], errors[i]));
        }
        return rows;
    }

    private PreparedPicture read(Row row, PictureTask.Loaded model) {
        if (row.isNullAt(content)) {
            throw new FoveaException("no picture: the column is null");
        }
        return Picture.read(row.<byte[]>getAs(content), Picture.MAX_PIXELS, DECODING, model.preprocessing()::prepare);
    }

    /** Computes pictures at once, and one by one if that fails, since it may be for one of them. */
    private static void compute(
            PictureTask.Loaded model,
            List<PreparedPicture> pictures,
            List<Integer> places,
            Object[] results,
            String[] errors) {
        if (pictures.isEmpty()) {
            return;
        }
        try {
            List<?> computed = model.results().apply(pictures);
            for (int i = 0; i < places.size(); i++) {
                results[places.get(i)] = computed.get(i);
            }
        } catch (CancelledException stopped) {
            throw stopped;
        } catch (FoveaException failed) {
            if (pictures.size() == 1) {
                errors[places.getFirst()] = failed.getMessage();
                return;
            }
            for (int i = 0; i < places.size(); i++) {
                compute(model, pictures.subList(i, i + 1), places.subList(i, i + 1), results, errors);
            }
        }
    }

    private static Row with(Row row, Object result, String error) {
        Object[] values = new Object[row.size() + 2];
        for (int i = 0; i < row.size(); i++) {
            values[i] = row.get(i);
        }
        values[row.size()] = result;
        values[row.size() + 1] = error;
        return RowFactory.create(values);
    }
}
