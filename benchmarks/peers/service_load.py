"""Ask a service for embeddings and captions from many connections at once: requests a second, waiting times, memory, and whether the answers stay the same.

    python benchmarks/peers/service_load.py URL PICTURES [--seconds 600] [--connections 64] [--captions 0.05] [--texts 0.3] [--pid PID]

PICTURES is a folder of pictures. Each connection sends one request after the other, chosen by chance with a fixed seed: a text or a picture to
`/v1/embeddings`, a picture to `/v1/chat/completions` for a caption. Before the load every request is answered once alone; answers under
load are compared with that. `--clip` and `--blip` name the models. With `--pid`, the memory of that process is read each tenth of the time. Prints JSON.
"""

import argparse
import base64
import collections
import http.client
import json
import mimetypes
import random
import threading
import time
from pathlib import Path
from urllib.parse import urlparse

WORDS = ["a photo of a cat", "two people at a table", "a red bicycle leaning on a wall", "snow", "a bowl of soup with bread beside it"]


def url_of(file):
    kind = mimetypes.guess_type(file.name)[0]
    return f"data:{kind};base64," + base64.b64encode(file.read_bytes()).decode()


def requests_of(arguments):
    """(kind, path, body) of everything that is asked."""
    asked = [("text", "/v1/embeddings", {"model": arguments.clip, "input": [words]}) for words in WORDS]
    for file in sorted(arguments.pictures.iterdir())[: arguments.count]:
        url = url_of(file)
        content = [{"type": "text", "text": "describe the picture"}, {"type": "image_url", "image_url": {"url": url}}]
        asked.append(("picture", "/v1/embeddings", {"model": arguments.clip, "input": [url], "modality": "image"}))
        asked.append(("caption", "/v1/chat/completions", {"model": arguments.blip, "messages": [{"role": "user", "content": content}]}))
    return [(kind, path, json.dumps(body)) for kind, path, body in asked]


def answer_of(connection, path, body):
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    read = answer.read()
    if answer.status != 200:
        return answer.status, None
    found = json.loads(read)
    return 200, found["data"][0]["embedding"] if "data" in found else found["choices"][0]["message"]["content"]


def resident(pid):
    """MiB that a process and those it started hold."""
    total = 0
    for process in [pid, *children(pid)]:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1]) // 1024
    return total


def children(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found] + [grandchild for child in found for grandchild in children(int(child))]


class Load:
    def __init__(self, arguments):
        self.arguments = arguments
        self.asked = requests_of(arguments)
        self.weights = self.shares()
        address = urlparse(arguments.url)
        self.host, self.port = address.hostname, address.port
        self.lock = threading.Lock()
        self.seconds = collections.defaultdict(list)
        self.failures = collections.Counter()
        self.different = collections.Counter()
        self.memory = []
        alone = self.connection()
        self.alone = [answer_of(alone, path, body)[1] for _, path, body in self.asked]

    def connection(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=300)

    def shares(self):
        share = {"caption": self.arguments.captions, "text": self.arguments.texts}
        share["picture"] = 1 - share["caption"] - share["text"]
        self.asked = [one for one in self.asked if share[one[0]]]
        kinds = collections.Counter(kind for kind, _, _ in self.asked)
        return [share[kind] / kinds[kind] for kind, _, _ in self.asked]

    def client(self, seed):
        chance = random.Random(seed)
        connection = self.connection()
        while time.time() < self.end:
            one = chance.choices(range(len(self.asked)), self.weights)[0]
            kind, path, body = self.asked[one]
            start = time.perf_counter()
            try:
                status, found = answer_of(connection, path, body)
            except (OSError, http.client.HTTPException) as failed:
                status, found = type(failed).__name__, None
                connection.close()
                connection = self.connection()
            taken = time.perf_counter() - start
            with self.lock:
                if status != 200:
                    self.failures[str(status)] += 1
                else:
                    self.seconds[kind].append(taken)
                    self.different[kind] += found != self.alone[one]

    def run(self):
        start = time.time()
        self.end = start + self.arguments.seconds
        clients = [threading.Thread(target=self.client, args=(seed,)) for seed in range(self.arguments.connections)]
        for client in clients:
            client.start()
        while self.arguments.pid and time.time() < self.end:
            self.memory.append(resident(self.arguments.pid))
            time.sleep(self.arguments.seconds / 10)
        for client in clients:
            client.join()
        return self.report(time.time() - start)

    def report(self, wall):
        result = {"requests_per_second": round(sum(map(len, self.seconds.values())) / wall, 2), "failures": dict(self.failures)}
        for kind, taken in sorted(self.seconds.items()):
            taken.sort()
            at = {f"p{share}": round(taken[min(len(taken) - 1, len(taken) * share // 100)], 3) for share in (50, 90, 99)}
            result[kind] = {"requests": len(taken), "seconds": at, "different": self.different[kind]}
        return result | ({"resident_mib": self.memory} if self.memory else {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--captions", type=float, default=0.05)
    parser.add_argument("--texts", type=float, default=0.3)
    parser.add_argument("--count", type=int, default=20, help="pictures that are used")
    parser.add_argument("--clip", default="clip")
    parser.add_argument("--blip", default="blip")
    parser.add_argument("--pid", type=int)
    print(json.dumps(Load(parser.parse_args()).run()))
