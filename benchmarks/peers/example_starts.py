"""Measure what the examples weigh and how long they take to start, and print a table in Markdown.

    python benchmarks/peers/example_starts.py [--times 5] [--distribution FOLDER] [--image FOLDER] [--jpackage FOLDER] [--jbang JAR] [ROW ...]

Needs `mvn -pl examples,examples/shop -am package -DskipTests`, and for hello what its README says. FOLDER of --distribution is the unpacked zip of `mvn -Prelease verify`, that of --image its image
(distribution/target/image), that of --jpackage the shop's as docs/services.md makes it, JAR is JBang's own with all its classes (`dev.jbang:jbang-cli`, classifier `all`), which finds Fovea's jars in the local Maven repository.
Rows whose files are missing are left out; names of rows choose some. A server is started until it is ready, a program runs to its end; the median of the wall times and of the processor
times (system time included) of all its processes is shown, and the sizes of its files in MB (10^6 bytes) without Java where that is not part of them.
"""

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]
JAVA = str(Path(os.environ["JAVA_HOME"]) / "bin/java") if "JAVA_HOME" in os.environ else "java"
PICTURES = ["octopus.png", "elephant.png", "coffee.jpg"]
TICKS = os.sysconf("SC_CLK_TCK")


def size(*paths):
    """Bytes of files, and of all below folders; links weigh nothing."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def family(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def processor_seconds(pid):
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / TICKS


def is_ready(address):
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def start_server(command, address, folder):
    """Wall and processor seconds from the start to the first answer of `address` with the status 200."""
    start = time.perf_counter()
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        while not is_ready(address):
            if process.poll() is not None:
                raise SystemExit(f"{command} ended:\n" + (folder / "log").read_text())
            time.sleep(0.005)
        return time.perf_counter() - start, processor_seconds(process.pid)
    finally:
        for one in reversed(family(process.pid)):
            os.kill(one, signal.SIGTERM)
        process.wait()


def run_program(command, folder):
    """Wall and processor seconds of a program that ends."""
    before = os.times()
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = os.times()
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr}")
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


class Rows:
    """Each method is a row: the files that it weighs, and how it is started once in a folder with three pictures; None where files are missing."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.lib = ROOT / "examples/target/lib"

    def one_file(self, folder, name, *given):
        """An example that Java runs as it is."""
        source = next((ROOT / "examples").glob(f"*/{name}.java"))
        return [self.lib], lambda: run_program([JAVA, *FLAGS, "-cp", f"{self.lib}/*", str(source), *given], folder)

    def project(self, folder, jar, program, *given):
        """An example that is a project of its own, with its class path beside its jar."""
        lib = jar.parent / "lib"
        return [jar, lib], lambda: run_program([JAVA, *FLAGS, "-cp", f"{jar}:{lib}/*", program, *given], folder)

    def serve(self, folder, launcher, weighed):
        port = free_port()
        command = [str(launcher), "serve", "--port", str(port), "--model", "clip-mini"]
        return weighed, lambda: start_server(command, f"http://127.0.0.1:{port}/readyz", folder)

    def shop(self, folder, command, weighed):
        (folder / "products.csv").write_text("octopus.png,Sea,10\nelephant.png,Land,25\ncoffee.jpg,Cafe,4.5\n")
        port = free_port()
        address = f"http://127.0.0.1:{port}/actuator/health/readiness"

        def start():
            shutil.rmtree(folder / "shop.index", ignore_errors=True)
            return start_server([*command, f"--server.port={port}"], address, folder)

        return weighed, start

    def table(self):
        lib, jar = self.lib, ROOT / "examples/shop/target/shop.jar"
        hello = ROOT / "examples/hello/target/hello-1.jar"
        zipped, image = self.arguments.distribution, self.arguments.image
        package, jbang = self.arguments.jpackage, self.arguments.jbang
        rag = ["notes", "is there an octopus?"]
        rows = {
            "`fovea serve`, the zip": (zipped, lambda f: self.serve(f, zipped / "fovea", [zipped / "lib"])),
            "`fovea serve`, jlink image": (image, lambda f: self.serve(f, image / "bin/fovea", [image])),
            "shop, one jar": (jar, lambda f: self.shop(f, [JAVA, *FLAGS, "-jar", str(jar)], [jar])),
            "shop, jpackage": (package, lambda f: self.shop(f, [str(package / "bin/shop")], [package])),
            "hello": (hello, lambda f: self.project(f, hello, "hello.Hello", "octopus.png")),
            "picture-rag": (lib, lambda f: self.one_file(f, "PictureRag", *rag)),
            "one-file, JBang": (jbang, lambda f: self.with_jbang(f, jbang)),
            "one-file, `java Caption.java`": (lib, lambda f: self.one_file(f, "Caption", "octopus.png")),
            "product-search": (lib, lambda f: self.one_file(f, "ProductSearch", "notes", "products.csv", "an elephant")),
            "product-descriptions": (lib, lambda f: self.one_file(f, "ProductDescriptions", "notes", "out.csv")),
            "folder-questions": (lib, lambda f: self.one_file(f, "FolderQuestions", "notes", "out.csv", "what is it?")),
            "duplicate-clean-up": (lib, lambda f: self.one_file(f, "DuplicateCleanUp", "notes")),
        }
        return {name: row for name, (needed, row) in rows.items() if needed and needed.exists()}

    def with_jbang(self, folder, jbang):
        source = ROOT / "examples/one-file/Caption.java"
        command = [JAVA, "-cp", str(jbang), "dev.jbang.Main", "--quiet", "run", str(source), "octopus.png"]
        script = f'eval "$({" ".join(command)})"'  # JBang prints the command, which its script then runs
        printed = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
        jars = printed.split("-classpath ")[1].split()[0].split(":")
        return [Path(jar) for jar in jars], lambda: run_program(["sh", "-c", script], folder)


def prepared(folder):
    for picture in PICTURES:
        shutil.copy(ROOT / "examples/pictures" / picture, folder)
    notes = folder / "notes"
    notes.mkdir()
    for picture in PICTURES:
        shutil.copy(ROOT / "examples/pictures" / picture, notes)
    (notes / "notes.txt").write_text("The octopus lives in the sea.\nCoffee is served at nine.\n")
    (folder / "products.csv").write_text("image,brand,price\noctopus.png,Sea,10\nelephant.png,Land,25\ncoffee.jpg,Cafe,4.5\n")
    return folder


def main(arguments):
    print("| | MB | start to ready, or to end, s | processor time, s |\n|---|---|---|---|")
    for name, row in Rows(arguments).table().items():
        if arguments.rows and not any(chosen in name for chosen in arguments.rows):
            continue
        with tempfile.TemporaryDirectory() as folder:
            weighed, start = row(prepared(Path(folder)))
            times = [start() for _ in range(arguments.times)]
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"| {name} | {size(*weighed) / 1e6:.1f} | {wall:.2f} | {processor:.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--times", type=int, default=5)
    for folder in ("distribution", "image", "jpackage", "jbang"):
        parser.add_argument(f"--{folder}", type=lambda given: Path(given).resolve())
    main(parser.parse_args())
