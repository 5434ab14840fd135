"""Check that ./fovea download and Python's huggingface_hub share one cache, both ways, with a small hub on 127.0.0.1.

    python oracle/compare_cache.py [COMMAND...]

COMMAND runs Fovea, by default ./fovea of this project.
"""

import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b'{"model_type": "clip"}\n', "tokenizer.json": b"{}", "model.safetensors": os.urandom(30_000_000)}
ROOT = pathlib.Path(__file__).parent.parent
COMMAND = sys.argv[1:] or [str(ROOT / "fovea")]


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def etag(name):
    return hashlib.sha256(FILES[name]).hexdigest() if name.endswith(".safetensors") else git_hash(FILES[name])


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/api/models/owner/name/"):
            siblings = []
            for name, content in FILES.items():
                sibling = {"rfilename": name, "size": len(content), "blobId": git_hash(content)}
                if name.endswith(".safetensors"):
                    sibling["lfs"] = {"sha256": etag(name), "size": len(content), "pointerSize": 134}
                siblings.append(sibling)
            if "/tree/" in self.path:
                tree = [{"type": "file", "path": name, "size": len(FILES[name]), "oid": git_hash(FILES[name])} for name in FILES]
                self.answer(200, json.dumps(tree).encode(), Content_Type="application/json")
                return
            body = {"id": "owner/name", "sha": COMMIT, "siblings": siblings}
            self.answer(200, json.dumps(body).encode(), Content_Type="application/json")
            return
        content = FILES.get(self.path.split("?")[0].split("/")[-1])
        if content is None:
            self.answer(404, b"", X_Error_Code="EntryNotFound")
            return
        headers = {"ETag": f'"{etag(self.path.split("/")[-1])}"', "X-Repo-Commit": COMMIT}
        wanted = self.headers.get("Range")
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            end = min(len(content), int(last or len(content)) + 1)
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
            self.answer(206, content[int(first):end], **headers)
        else:
            self.answer(200, content, **headers)

    do_HEAD = do_GET


def check(name, found, expected):
    print(f"{name}: {'same' if found == expected else 'DIFFERENT'}")
    return found == expected


def fovea(environment, *arguments):
    done = subprocess.run([*COMMAND, *arguments, "--json"], env=environment, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else sys.exit(f"fovea ended with {done.returncode}")


def python(environment, code):
    done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() if done.returncode == 0 else sys.exit(f"python ended with {done.returncode}")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    good = []
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        hub = {**os.environ, "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
        done = fovea({**hub, "HF_HOME": ours}, "download", "owner/name")
        offline = {**hub, "HF_HOME": ours, "HF_HUB_OFFLINE": "1"}
        for name, content in FILES.items():
            load = f"import huggingface_hub as h; print(h.hf_hub_download('owner/name', {name!r}, local_files_only=True))"
            path = python(offline, load)
            good.append(check(f"{name} for huggingface_hub", pathlib.Path(path).read_bytes(), content))
            good.append(check("  its folder", os.path.dirname(path), done["folder"]))
        snapshot = "import huggingface_hub as h; print(h.snapshot_download('owner/name', local_files_only=True))"
        good.append(check("snapshot_download", python(offline, snapshot), done["folder"]))
        environment = {**hub, "HF_HOME": theirs}
        for name in FILES:
            python(environment, f"import huggingface_hub as h; h.hf_hub_download('owner/name', {name!r})")
        again = fovea(environment, "download", "owner/name")
        good.append(check("nothing fetched after huggingface_hub", [f["fetched"] for f in again["files"]], [False] * len(FILES)))
    sys.exit(not all(good))


main()
