package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Vectors;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotoIndexTest {

    private static Clip clip;

    @TempDir
    Path directory;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    private Path photos() {
        return directory.resolve("photos");
    }

    private Path draw(String name, int number) throws IOException {
        return Drawings.write(photos().resolve(name), number);
    }

    private PhotoIndex open() {
        return PhotoIndex.open(directory.resolve("index"), clip);
    }

    private IndexReport update() {
        try (PhotoIndex index = open()) {
            return index.update(List.of(photos()));
        }
    }

    /** Checks the counts of a report: pictures, added, updated, moved, removed, unchanged. */
    private static void assertReport(IndexReport report, int... counts) {
        int[] found = {
            report.pictures(), report.added(), report.updated(), report.moved(), report.removed(), report.unchanged()
        };
        assertArrayEquals(counts, found, report.toString());
    }

    private Map<Path, float[]> vectors() {
        Map<Path, float[]> vectors = new TreeMap<>();
        try (PhotoIndex index = PhotoIndex.open(directory.resolve("index"))) {
            index.forEach(vectors::put);
        }
        return vectors;
    }

    @Test
    void picturesAreFoundByThemselvesWithTheirOwnVectors() throws IOException {
        for (int i = 0; i < 40; i++) {
            draw("a/%02d.png".formatted(i), i);
        }
        assertReport(update(), 40, 40, 0, 0, 0, 0);
        Path file = photos().resolve("a/07.png");
        try (PhotoIndex index = open()) {
            assertEquals(40, index.info().pictures());
            assertEquals(clip.dimension(), index.info().dimension());
            assertEquals("f32", index.info().compute());
            List<PhotoHit> hits = index.search(PhotoQuery.of(Picture.read(file)), 3);
            assertEquals(3, hits.size());
            assertEquals(file, hits.getFirst().file());
            assertEquals(1, hits.getFirst().score(), 1e-5);
            assertTrue(hits.get(0).score() > hits.get(1).score()
                    && hits.get(1).score() >= hits.get(2).score());
            assertEquals(40, index.search("a red circle", 100).size());
        }
        assertArrayEquals(clip.embed(Picture.read(file)), vectors().get(file), 1e-6f);
    }

    @Test
    void onlyWhatChangedIsComputed() throws IOException {
        for (int i = 0; i < 5; i++) {
            draw("%d.png".formatted(i), i);
        }
        assertReport(update(), 5, 5, 0, 0, 0, 0);
        assertReport(update(), 5, 0, 0, 0, 0, 5);
        draw("5.png", 5);
        draw("1.png", 11);
        Files.delete(photos().resolve("2.png"));
        Files.createDirectories(photos().resolve("sub"));
        Files.move(photos().resolve("3.png"), photos().resolve("sub/three.png"));
        List<Path> read = new ArrayList<>();
        try (PhotoIndex index = open()) {
            IndexReport report = index.update(List.of(photos()), SideFields.NONE, new IndexListener() {
                @Override
                public void started(List<Path> files) {
                    read.addAll(files);
                }
            });
            assertReport(report, 5, 1, 1, 1, 1, 2);
        }
        assertEquals(
                List.of("1.png", "5.png", "three.png"),
                read.stream().map(file -> file.getFileName().toString()).toList());
        Map<Path, float[]> vectors = vectors();
        assertEquals(5, vectors.size());
        for (Map.Entry<Path, float[]> entry : vectors.entrySet()) {
            assertArrayEquals(clip.embed(Picture.read(entry.getKey())), entry.getValue(), 1e-6f);
        }
    }

    @Test
    void aFileThatWasTouchedOrCopiedIsNotComputedAgain() throws IOException {
        draw("a.png", 1);
        update();
        Files.setLastModifiedTime(photos().resolve("a.png"), FileTime.fromMillis(1_000_000_000_000L));
        assertReport(update(), 1, 0, 0, 0, 0, 1);
        Files.copy(photos().resolve("a.png"), photos().resolve("b.png"), StandardCopyOption.COPY_ATTRIBUTES);
        assertReport(update(), 2, 1, 0, 0, 0, 1);
    }

    /** A file that is written twice within the same tick of the clock has the same time and size. */
    @Test
    void aFileThatWasWrittenJustNowIsComparedByItsContentTheNextTime() throws IOException {
        Path file = draw("a.bmp", 1);
        FileTime now = FileTime.from(Instant.now());
        Files.setLastModifiedTime(file, now);
        update();
        draw("a.bmp", 2);
        Files.setLastModifiedTime(file, now);
        assertReport(update(), 1, 0, 1, 0, 0, 0);
        assertArrayEquals(clip.embed(Picture.read(file)), vectors().get(file), 1e-6f);
    }

    @Test
    void otherFoldersStay() throws IOException {
        Path other = directory.resolve("other");
        Drawings.write(other.resolve("x.png"), 7);
        draw("a.png", 1);
        try (PhotoIndex index = open()) {
            index.update(List.of(other));
            assertReport(index.update(List.of(photos())), 2, 1, 0, 0, 0, 0);
            Files.delete(other.resolve("x.png"));
            assertReport(index.update(List.of(photos(), photos())), 2, 0, 0, 0, 0, 1);
            assertReport(index.update(List.of(photos(), other)), 1, 0, 0, 0, 1, 1);
        }
    }

    @Test
    void whatCannotBeReadIsReportedAndTheRestGoesOn() throws IOException {
        draw("a.png", 1);
        Files.writeString(Files.createDirectories(photos()).resolve("b.png"), "no picture");
        Files.createSymbolicLink(photos().resolve("loop"), photos());
        Files.createSymbolicLink(photos().resolve("gone.png"), Path.of("nowhere.png"));
        Files.createFile(photos().resolve("c.heic"));
        draw("new\nline.png", 3);
        IndexReport report = update();
        assertReport(report, 2, 2, 0, 0, 0, 0);
        assertEquals(
                List.of("gone.png", "loop", "b.png"),
                report.unreadable().stream()
                        .map(file -> file.file().getFileName().toString())
                        .toList());
        report.unreadable()
                .forEach(file -> assertTrue(file.reason().contains(file.file().toString())));
        assertEquals(Map.of("HEIC", 1), report.otherFormats());
        assertTrue(vectors().containsKey(photos().resolve("new\nline.png")));
    }

    @Test
    void aPictureThatIsNoneAnyMoreGoes() throws IOException {
        draw("a.png", 1);
        draw("b.png", 2);
        update();
        Files.writeString(photos().resolve("b.png"), "no picture any more");
        IndexReport report = update();
        assertReport(report, 1, 0, 0, 0, 1, 1);
        assertEquals(1, report.unreadable().size());
    }

    /** What cannot be looked at now, such as a disk that is not there, is not taken for deleted. */
    @Test
    void aFolderThatIsMissingLosesNothing() throws IOException {
        draw("a.png", 1);
        update();
        Files.move(photos(), directory.resolve("away"));
        IndexReport report = update();
        assertReport(report, 1, 0, 0, 0, 0, 0);
        assertEquals(1, report.unreadable().size());
        Files.move(directory.resolve("away"), photos());
        assertReport(update(), 1, 0, 0, 0, 0, 1);
    }

    @Test
    void aFolderMayChangeWhileItIsIndexed() throws IOException {
        for (int i = 0; i < 60; i++) {
            draw("%02d.png".formatted(i), i);
        }
        try (PhotoIndex index = open()) {
            IndexReport report = index.update(List.of(photos()), SideFields.NONE, new IndexListener() {
                private boolean changed;

                @Override
                public void advanced() {
                    if (!changed) {
                        changed = true;
                        try {
                            Files.delete(photos().resolve("59.png"));
                            draw("58.png", 1058);
                            draw("60.png", 60);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                }
            });
            assertReport(report, 59, 59, 0, 0, 0, 0);
            assertEquals(
                    "59.png",
                    report.unreadable().getFirst().file().getFileName().toString());
            index.update(List.of(photos()));
        }
        Map<Path, float[]> vectors = vectors();
        assertEquals(60, vectors.size());
        Path changed = photos().resolve("58.png");
        assertArrayEquals(clip.embed(Picture.read(changed)), vectors.get(changed), 1e-6f);
    }

    @Test
    void anotherModelOrPrecisionIsRefused() throws IOException {
        draw("a.png", 1);
        update();
        Path copy = directory.resolve("copy");
        Files.createDirectories(copy);
        try (Stream<Path> files = Files.list(clip.folder())) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        try (Clip same = Clip.load(copy);
                PhotoIndex index = PhotoIndex.open(directory.resolve("index"), same)) {
            assertEquals(1, index.search("a circle", 5).size());
        }
        byte[] weights = Files.readAllBytes(copy.resolve("model.safetensors"));
        weights[weights.length - 2] ^= 1;
        Files.write(copy.resolve("model.safetensors"), weights, StandardOpenOption.TRUNCATE_EXISTING);
        try (Clip tuned = Clip.load(copy)) {
            String refused = assertThrows(
                            FoveaException.class, () -> PhotoIndex.open(directory.resolve("index"), tuned))
                    .getMessage();
            assertTrue(refused.contains("was made with the model"), refused);
        }
        try (Clip coarse = Clip.load("clip-mini", LoadOptions.DEFAULTS.withCompute(Precision.INT8))) {
            String refused = assertThrows(
                            FoveaException.class, () -> PhotoIndex.open(directory.resolve("index"), coarse))
                    .getMessage();
            assertTrue(refused.contains("in f32") && refused.contains("in int8"), refused);
        }
    }

    /** A model that lacks its vocabulary cannot be loaded. */
    @Test
    void anUpdateWithoutChangesLoadsNoModel() throws IOException {
        draw("a.png", 1);
        update();
        Path copy = Files.createDirectories(directory.resolve("copy"));
        for (String name : List.of("config.json", "preprocessor_config.json", "model.safetensors")) {
            Files.copy(clip.folder().resolve(name), copy.resolve(name));
        }
        try (PhotoIndex index = PhotoIndex.open(directory.resolve("index"), copy, LoadOptions.DEFAULTS, "copy")) {
            assertReport(index.update(List.of(photos())), 1, 0, 0, 0, 0, 1);
            Files.move(photos().resolve("a.png"), photos().resolve("b.png"));
            assertReport(index.update(List.of(photos())), 1, 0, 0, 1, 0, 0);
            assertEquals(1, index.search(PhotoQuery.of(clip.embed("a")), 1).size());
            assertThrows(FoveaException.class, () -> index.search("a circle", 1));
        }
        try (PhotoIndex index =
                PhotoIndex.open(directory.resolve("index"), clip.folder(), LoadOptions.DEFAULTS, "clip-mini")) {
            assertEquals(1, index.search("a circle", 1).size());
            draw("c.png", 3);
            assertReport(index.update(List.of(photos())), 2, 1, 0, 0, 0, 1);
        }
        Path fresh = directory.resolve("fresh");
        try (PhotoIndex index = PhotoIndex.open(fresh, clip.folder(), LoadOptions.DEFAULTS, "clip-mini")) {
            assertReport(index.update(List.of(photos())), 2, 2, 0, 0, 0, 0);
        }
    }

    @Test
    void whatIsNoIndexIsRefused() throws IOException {
        Path missing = directory.resolve("missing");
        assertTrue(assertThrows(FoveaException.class, () -> PhotoIndex.open(missing))
                .getMessage()
                .contains("no such index"));
        assertFalse(Files.exists(missing));
        Path other = Files.createDirectories(directory.resolve("other"));
        assertTrue(assertThrows(FoveaException.class, () -> PhotoIndex.open(other))
                .getMessage()
                .contains("no index in this folder"));
        Files.writeString(other.resolve("letter.txt"), "dear");
        assertTrue(assertThrows(FoveaException.class, () -> PhotoIndex.open(other, clip))
                .getMessage()
                .contains("holds other files and no index"));
        assertTrue(assertThrows(FoveaException.class, () -> PhotoIndex.open(other.resolve("letter.txt"), clip))
                .getMessage()
                .contains("is a file"));
    }

    @Test
    void aDamagedIndexIsOneLine() throws IOException {
        draw("a.png", 1);
        update();
        Path index = directory.resolve("index");
        List<Path> files;
        try (Stream<Path> all = Files.list(index)) {
            files = all.filter(file -> !file.endsWith("write.lock")).toList();
        }
        assertTrue(files.size() >= 2, files.toString());
        for (Path file : files) {
            byte[] whole = Files.readAllBytes(file);
            for (int length : new int[] {0, whole.length / 2, whole.length - 1}) {
                Files.write(file, Arrays.copyOf(whole, length));
                FoveaException e = assertThrows(FoveaException.class, this::readAll, file + " cut to " + length);
                assertTrue(e.getMessage().contains("delete it and index again"), e.getMessage());
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
                Files.write(file, whole);
            }
            Files.delete(file);
            FoveaException e = assertThrows(FoveaException.class, this::readAll, file + " deleted");
            assertTrue(e.getMessage().contains("index"), e.getMessage());
            Files.write(file, whole);
        }
        readAll();
    }

    private void readAll() {
        try (PhotoIndex index = open()) {
            index.search("a circle", 3);
            index.info();
        }
    }

    @Test
    void thereIsOneWriterAndReadersGoOn() throws Exception {
        draw("a.png", 1);
        update();
        draw("b.png", 2);
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        AtomicReference<IndexReport> report = new AtomicReference<>();
        Thread writer = Thread.ofPlatform().start(() -> {
            try (PhotoIndex index = open()) {
                report.set(index.update(List.of(photos()), SideFields.NONE, new IndexListener() {
                    @Override
                    public void started(List<Path> files) {
                        writing.countDown();
                        await(done);
                    }
                }));
            }
        });
        await(writing);
        try (PhotoIndex index = open()) {
            assertEquals(1, index.search("a circle", 5).size());
            String refused = assertThrows(FoveaException.class, () -> index.update(List.of(photos())))
                    .getMessage();
            assertTrue(refused.contains("somebody else is writing to this index"), refused);
            done.countDown();
            writer.join();
            assertReport(report.get(), 2, 1, 0, 0, 0, 1);
            assertSeesSoon(index, 2);
        }
    }

    /** A reader that stays open sees what others commit a moment later, and what it writes itself at once. */
    @Test
    void aReaderFollowsTheIndex() throws IOException {
        draw("a.png", 1);
        update();
        try (PhotoIndex reader = PhotoIndex.open(directory.resolve("index"));
                PhotoIndex own = open()) {
            for (int pictures = 2; pictures < 5; pictures++) {
                draw(pictures + ".png", pictures);
                own.update(List.of(photos()));
                assertEquals(pictures, own.info().pictures());
                assertEquals(pictures, own.search("a circle", 9).size());
                assertSeesSoon(reader, pictures);
            }
            Files.delete(photos().resolve("a.png"));
            update();
            assertSeesSoon(reader, 3);
            assertSeesSoon(own, 3);
        }
    }

    private static void assertSeesSoon(PhotoIndex index, int pictures) {
        float[] any = new float[clip.dimension()];
        any[0] = 1;
        assertTimeoutPreemptively(Duration.ofSeconds(2), () -> {
            while (index.search(PhotoQuery.of(any), 9).size() != pictures) {
                Thread.sleep(1);
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fieldsOfASideFileAreSearchedAndStay() throws IOException {
        draw("red/a.png", 1);
        draw("red/b.png", 2);
        draw("c.png", 3);
        Path fields = directory.resolve("fields.csv");
        Files.writeString(
                fields, "image,brand,price,lens\nred/a.png,Acme,10,5D\nred/b.png,\"Bolt, Ltd\",20.5,5\nzz.png,x,1,\n");
        SideFields side = SideFields.read(fields);
        try (PhotoIndex index = open()) {
            index.update(List.of(photos()), side, IndexListener.NONE);
            assertEquals(1, side.unused());
            assertEquals(List.of("a.png"), names(index, "brand=acme"));
            assertEquals(List.of("b.png"), names(index, "price>10"));
            assertEquals(List.of("b.png"), names(index, "lens=5.0"), "5D is no number");
            assertEquals(List.of("b.png"), names(index, "brand='Bolt, Ltd'"));
            assertEquals(List.of("a.png", "b.png"), names(index, "folder='" + photos().resolve("red") + "'"));
            assertEquals(List.of("c.png"), names(index, "not folder='" + photos().resolve("red") + "'"));
            assertEquals(List.of("a.png", "b.png"), names(index, "price>=10 and (brand=acme or name=b*)"));
            PhotoHit hit =
                    index.search(PhotoQuery.of("x").where("brand=acme"), 1).getFirst();
            assertEquals(Map.of("brand", List.of("Acme"), "price", List.of("10"), "lens", List.of("5D")), hit.fields());
            assertEquals("Acme", hit.field("brand"));
            assertReport(index.update(List.of(photos())), 3, 0, 0, 0, 0, 3);
            draw("red/a.png", 9);
            index.update(List.of(photos()));
            assertEquals(List.of("a.png"), names(index, "brand=acme"));
            Path lines = directory.resolve("fields.jsonl");
            Files.writeString(
                    lines,
                    "{\"image\": \"" + photos().resolve("c.png") + "\", \"tags\": [\"sea\", {\"label\": \"sky\"}]}\n");
            assertReport(index.update(List.of(photos()), SideFields.read(lines), IndexListener.NONE), 3, 0, 1, 0, 0, 2);
            assertEquals(List.of("c.png"), names(index, "tags=sky"));
            String refused = assertThrows(FoveaException.class, () -> names(index, "colour=red"))
                    .getMessage();
            assertTrue(refused.contains("has a field colour; there are brand, date,"), refused);
        }
    }

    private static List<String> names(PhotoIndex index, String condition) {
        return index.search(PhotoQuery.of("anything").where(condition), 100).stream()
                .map(hit -> hit.file().getFileName().toString())
                .sorted()
                .toList();
    }

    @Test
    void datesComeFromTheFile() throws IOException {
        Files.setLastModifiedTime(draw("a.png", 1), FileTime.fromMillis(1_589_700_000_000L));
        draw("b.png", 2);
        try (PhotoIndex index = open()) {
            index.update(List.of(photos()));
            assertEquals(List.of("a.png"), names(index, "year=2020"));
            assertEquals(List.of("a.png"), names(index, "date=2020-05-17"));
            assertEquals(List.of("a.png"), names(index, "date>=2020-05 and date<2020-06"));
            assertEquals(List.of("a.png"), names(index, "date<=2020"));
            assertEquals(List.of("b.png"), names(index, "date>2020"));
            assertEquals(List.of("a.png", "b.png"), names(index, "width=96 and height<97"));
        }
    }

    @Test
    void whatAPictureIsNotIsLeftOut() throws IOException {
        for (int i = 0; i < 20; i++) {
            draw("%02d.png".formatted(i), i);
        }
        try (PhotoIndex index = open()) {
            index.update(List.of(photos()));
            List<PhotoHit> both = index.search(PhotoQuery.of("a red circle").and("a blue square", 0.5), 20);
            List<PhotoHit> without = index.search(PhotoQuery.of("a red circle").without("a blue square"), 20);
            assertEquals(20, both.size());
            assertEquals(20, without.size());
            float[] negated = clip.embed("a blue square");
            float[] plain = clip.embed("a red circle");
            assertTrue(mean(without.subList(0, 5), negated) <= mean(index.search(PhotoQuery.of(plain), 5), negated));
            assertThrows(
                    FoveaException.class, () -> index.search(PhotoQuery.of("a").without("a"), 3));
            assertThrows(FoveaException.class, () -> PhotoQuery.of(" "));
            assertThrows(FoveaException.class, () -> PhotoQuery.of("a").and("b", -1));
            assertThrows(FoveaException.class, () -> index.search(PhotoQuery.of(new float[3]), 3));
            assertThrows(
                    IllegalArgumentException.class, () -> PhotoQuery.of("a").candidates(0));
            assertEquals(
                    index.search(PhotoQuery.of("a red circle"), 3),
                    index.search(PhotoQuery.of("a red circle").candidates(1), 3));
        }
    }

    private static double mean(List<PhotoHit> hits, float[] vector) {
        return hits.stream()
                .mapToDouble(hit -> Vectors.cosine(clip.embed(Picture.read(hit.file())), vector))
                .average()
                .orElseThrow();
    }

    @Test
    void duplicatesAreGroupedAndCopiesMarked() throws IOException {
        for (int i = 0; i < 30; i++) {
            draw("%02d.png".formatted(i), i);
        }
        Drawings.write(photos().resolve("large.png"), 3, 192);
        Files.copy(photos().resolve("03.png"), photos().resolve("copy.png"));
        Files.copy(photos().resolve("05.png"), photos().resolve("five.png"));
        update();
        try (PhotoIndex index = PhotoIndex.open(directory.resolve("index"))) {
            List<DuplicateGroup> groups = index.duplicates(0.995);
            assertEquals(2, groups.size(), groups.toString());
            List<DuplicateGroup.Duplicate> first = groups.getFirst().pictures();
            assertEquals(
                    List.of("large.png", "03.png", "copy.png"),
                    first.stream()
                            .map(picture -> picture.file().getFileName().toString())
                            .toList());
            assertEquals(
                    List.of(false, false, true),
                    first.stream().map(DuplicateGroup.Duplicate::identical).toList());
            assertEquals(1, first.getFirst().similarity(), 1e-5);
            assertTrue(first.get(1).similarity() >= 0.995f);
            assertEquals(2, index.duplicates(1).size());
            for (double wrong : new double[] {0, -1, 1.01, Double.NaN}) {
                assertThrows(FoveaException.class, () -> index.duplicates(wrong));
            }
        }
    }

    @Test
    void anExportHasARowAndALineForEachPicture() throws IOException {
        draw("a \"b\".png", 1);
        draw("c.png", 2);
        draw("d.png", 3);
        update();
        Files.delete(photos().resolve("c.png"));
        Path fields = Files.writeString(directory.resolve("f.csv"), "image,title\nd.png,\"a, b\"\n");
        Path folder = directory.resolve("out/deep");
        try (PhotoIndex index = open()) {
            index.update(List.of(photos()), SideFields.read(fields), IndexListener.NONE);
            assertEquals(2, index.export(folder));
        }
        byte[] npy = Files.readAllBytes(folder.resolve("vectors.npy"));
        assertEquals(128 + 2 * 4 * clip.dimension(), npy.length);
        String header = new String(npy, 10, 118, StandardCharsets.US_ASCII);
        assertTrue(header.contains("'shape': (2, " + clip.dimension() + ")") && header.endsWith("\n"), header);
        List<String> lines = Files.readAllLines(folder.resolve("pictures.jsonl"));
        assertEquals(2, lines.size());
        float[] row = new float[clip.dimension()];
        for (int i = 0; i < 2; i++) {
            JsonValue line = JsonReader.readObject(lines.get(i), "a line");
            ByteBuffer.wrap(npy, 128 + i * 4 * row.length, 4 * row.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(row);
            assertArrayEquals(vectors().get(Path.of(line.get("image").text(""))), row);
            assertEquals(96, line.get("width").integer(0));
            assertEquals(
                    line.get("image").text("").endsWith("d.png") ? "a, b" : "",
                    line.get("fields").get("title").get(0).text(""));
        }
    }

    @Test
    void vectorsFromElsewhereAreAdded() throws IOException {
        Path known = draw("a.png", 1);
        Path changed = draw("b.png", 2);
        float[] longer = clip.embed(Picture.read(changed));
        for (int i = 0; i < longer.length; i++) {
            longer[i] *= 3;
        }
        FileTime time = FileTime.from(Instant.parse("2020-05-17T12:30:00Z"));
        Files.setLastModifiedTime(known, time);
        Files.setLastModifiedTime(changed, time);
        EmbeddedPhoto first = new EmbeddedPhoto(
                known,
                clip.embed(Picture.read(known)),
                Files.size(known),
                Optional.of(time.toInstant()),
                Map.of("brand", List.of("acme")));
        try (PhotoIndex index = open()) {
            assertEquals(
                    2,
                    index.add(List.of(first, new EmbeddedPhoto(changed, longer)).iterator()));
            PhotoHit hit = index.search(PhotoQuery.of(Picture.read(changed)), 1).getFirst();
            assertEquals(changed.toAbsolutePath(), hit.file());
            assertEquals(1, hit.score(), 1e-6);
            assertEquals(
                    known.toAbsolutePath(),
                    index.search(PhotoQuery.of("a").where("brand=acme and year=2020"), 9)
                            .getFirst()
                            .file());
            assertReport(index.update(List.of(photos())), 2, 0, 1, 0, 0, 1);
            for (float[] bad : new float[][] {new float[3], new float[clip.dimension()], Arrays.copyOf(longer, 0)}) {
                List<EmbeddedPhoto> one = List.of(new EmbeddedPhoto(known, bad));
                String message = assertThrows(FoveaException.class, () -> index.add(one.iterator()))
                        .getMessage();
                assertTrue(message.startsWith(known + ": its vector has"), message);
            }
            assertEquals(2, index.info().pictures());
        }
        try (PhotoIndex index = PhotoIndex.open(directory.resolve("index"))) {
            assertThrows(
                    IllegalStateException.class,
                    () -> index.add(List.<EmbeddedPhoto>of().iterator()));
        }
    }

    @Test
    void anEmptyIndexFindsNothing() throws IOException {
        Files.createDirectories(photos());
        assertReport(update(), 0, 0, 0, 0, 0, 0);
        try (PhotoIndex index = open()) {
            assertEquals(List.of(), index.search("anything", 5));
            assertEquals(List.of(), index.duplicates(0.9));
            assertEquals(0, index.info().pictures());
        }
    }

    @Test
    void anInterruptKeepsWhatIsDone() throws IOException {
        for (int i = 0; i < 80; i++) {
            draw("%02d.png".formatted(i), i);
        }
        try (PhotoIndex index = open()) {
            assertThrows(
                    CancelledException.class,
                    () -> index.update(List.of(photos()), SideFields.NONE, new IndexListener() {
                        private int done;

                        @Override
                        public void advanced() {
                            if (++done == 20) {
                                Thread.currentThread().interrupt();
                            }
                        }
                    }));
            assertTrue(Thread.interrupted());
            int kept = index.info().pictures();
            assertTrue(kept >= 19 && kept < 80, "kept " + kept);
            assertReport(index.update(List.of(photos())), 80, 80 - kept, 0, 0, 0, kept);
        }
    }
}
