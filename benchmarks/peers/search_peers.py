"""Time hnswlib and faiss on the vectors that `benchmarks/run search FOLDER VECTORS DIMENSION PEERS` wrote.

    python benchmarks/peers/search_peers.py PEERS DIMENSION [--threads 2] [--connections 16] [--beam 100]

Both build a graph (HNSW) of cosines with the connections and the beam that Fovea's index has. The breadth of a search grows until
recall@10 against a comparison with all reaches 0.98; queries are timed one by one, on one thread. Prints a JSON line for each.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import faiss
import hnswlib
import numpy

WANTED = 10
RECALL = 0.98
BREADTHS = [10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960]


def recall(found, exact):
    return sum(len(set(ours) & set(best)) for ours, best in zip(found, exact, strict=True)) / exact.size


def timed(search, queries):
    """What a search finds for every query, and the milliseconds of each, sorted."""
    search(queries[:1])
    found, millis = [], []
    for query in queries:
        start = time.perf_counter()
        found.append(search(query[None])[0].tolist())
        millis.append(1e3 * (time.perf_counter() - start))
    return found, sorted(millis)


def report(name, built, queries, exact, searcher):
    for breadth in BREADTHS:
        found, millis = timed(searcher(breadth), queries)
        reached = recall(found, exact)
        if reached >= RECALL:
            break
    half, last = millis[len(millis) // 2], millis[len(millis) * 99 // 100]
    times = {"built_s": round(built, 1), "breadth": breadth, "recall": round(reached, 4), "p50_ms": round(half, 3), "p99_ms": round(last, 3)}
    print(json.dumps({"who": name, **times}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", type=Path)
    parser.add_argument("dimension", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--beam", type=int, default=100)
    given = parser.parse_args()
    vectors = numpy.fromfile(given.peers / "vectors.f32", "<f4").reshape(-1, given.dimension)
    queries = numpy.fromfile(given.peers / "queries.f32", "<f4").reshape(-1, given.dimension)
    exact = numpy.argsort(-(queries @ vectors.T), axis=1)[:, :WANTED]

    start = time.perf_counter()
    graph = hnswlib.Index(space="ip", dim=given.dimension)
    graph.init_index(max_elements=len(vectors), M=given.connections, ef_construction=given.beam)
    graph.add_items(vectors, num_threads=given.threads)
    built = time.perf_counter() - start
    graph.set_num_threads(1)

    def of_hnswlib(breadth):
        graph.set_ef(breadth)
        return lambda query: graph.knn_query(query, k=WANTED)[0]

    report(f"hnswlib {version('hnswlib')}", built, queries, exact, of_hnswlib)
    del graph

    faiss.omp_set_num_threads(given.threads)
    start = time.perf_counter()
    other = faiss.IndexHNSWFlat(given.dimension, given.connections, faiss.METRIC_INNER_PRODUCT)
    other.hnsw.efConstruction = given.beam
    other.add(vectors)
    built = time.perf_counter() - start
    faiss.omp_set_num_threads(1)

    def of_faiss(breadth):
        other.hnsw.efSearch = breadth
        return lambda query: other.search(query, WANTED)[1]

    report(f"faiss {faiss.__version__}", built, queries, exact, of_faiss)


if __name__ == "__main__":
    main()
