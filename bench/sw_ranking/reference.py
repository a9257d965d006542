"""A decision of `sw_ranking` beside a refit of the logistic regression by scikit-learn, as the RouteLLM package does it.

Both rank 64 models by the same 55,000 synthetic battles with embeddings of 1,536 numbers. Their win rates are compared
before any time is printed (of the processor, one thread each): within 1e-5 where scikit-learn is given a tight tolerance, and as stated for 8 and 4 bits.
"""
import csv
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # a decision uses one thread, too

import numpy as np
from sklearn.linear_model import LogisticRegression

BATTLES, COLUMNS, MODELS, QUERIES = 55_000, 1536, 64, 6
FLOAT_TOLERANCE, INT8_TOLERANCE, INT4_TOLERANCE = 1e-5, 2e-3, 5e-3


def make(folder):
    random = np.random.default_rng(1)
    topics = random.normal(size=(30, COLUMNS)).astype(np.float32)
    common = random.normal(size=COLUMNS).astype(np.float32)

    def embeddings(count):
        topic = random.integers(len(topics), size=count)
        rows = 0.6 * common + topics[topic] + 0.9 * random.normal(size=(count, COLUMNS)).astype(np.float32)
        return topic, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    topic, rows = embeddings(BATTLES)
    skill = np.linspace(1.5, -1.5, MODELS)[:, None] + 0.5 * random.normal(size=(MODELS, len(topics)))
    a = random.integers(MODELS, size=BATTLES)
    b = (a + 1 + random.integers(MODELS - 1, size=BATTLES)) % MODELS
    a_wins = random.random(BATTLES) < 1 / (1 + np.exp(skill[b, topic] - skill[a, topic]))
    tie = random.random(BATTLES) < 0.2
    winner = np.where(tie, "tie", np.where(a_wins, "model_a", "model_b"))
    with open(folder / "battles.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model_a", "model_b", "winner"])
        writer.writerows((f"m{i}", f"m{j}", w) for i, j, w in zip(a, b, winner))
    header = json.dumps({"battles": {"dtype": "F32", "shape": list(rows.shape), "data_offsets": [0, rows.nbytes]}})
    header += " " * (-len(header) % 8)
    with open(folder / "embeddings.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode() + rows.tobytes())
    queries = embeddings(QUERIES)[1]
    np.save(folder / "queries.npy", queries)
    return rows, queries, a, b, winner


def fit(a, b, winner, players, weights=None, tolerance=1e-4):
    """Strengths as the package fits them: every battle twice, so that a tie is a win and a loss."""
    size = len(a)
    design = np.zeros((2 * size, players))
    rows = np.arange(2 * size)
    design[rows, np.tile(a, 2)] = math.log(10)
    design[rows, np.tile(b, 2)] = -math.log(10)
    design[np.tile(a == b, 2)] = 0.0  # battles within a tier say nothing
    wins = np.tile(winner == "model_a", 2)
    wins[:size] |= winner == "tie"
    model = LogisticRegression(fit_intercept=False, C=np.inf, tol=tolerance, max_iter=1000)
    model.fit(design, wins, sample_weight=None if weights is None else np.tile(weights, 2))
    return model.coef_[0] * math.log(10)


def tiers_of(strengths, tiers=10):
    order = np.argsort(-strengths)
    values = strengths[order]
    size = len(values)
    variance = np.array([[np.var(values[i:j + 1]) if j >= i else 0.0 for j in range(size)] for i in range(size)])
    best, ends = variance[0].copy(), []
    for _ in range(1, tiers):
        after = best.copy()
        end = np.zeros(size, int)
        for j in range(1, size):
            sums = best[:j] + variance[1:j + 1, j]
            end[j], after[j] = np.argmin(sums), sums.min()
        best = after
        ends.append(end)
    tier = np.zeros(size, int)
    last = size - 1
    for end in reversed(ends):
        tier[end[last] + 1:] += 1
        last = end[last]
    return {model: tier[rank] for rank, model in enumerate(order)}


def decide(rows, query, tier_a, tier_b, winner, pair, tolerance):
    cosines = rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))
    weights = 10 * 10 ** (cosines.astype(float) / cosines.max())
    strengths = fit(tier_a, tier_b, winner, 10, weights, tolerance)
    return 1 / (1 + math.exp(strengths[pair[1]] - strengths[pair[0]]))


def main():
    program = pathlib.Path("build/release/bench/sw_ranking/sw_ranking_bench")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows, queries, a, b, winner = make(folder)
        tier = tiers_of(fit(a, b, winner, MODELS, tolerance=1e-10))
        tier_a, tier_b = (np.array([tier[m] for m in side]) for side in (a, b))
        times = []
        exact = []
        for query in queries:
            start = time.process_time()
            decide(rows, query, tier_a, tier_b, winner, (tier[0], tier[40]), 1e-4)
            times.append(time.process_time() - start)
            exact.append(decide(rows, query, tier_a, tier_b, winner, (tier[0], tier[40]), 1e-10))
        ours = json.loads(subprocess.run([program, folder], check=True, capture_output=True, text=True).stdout)
    for kind, tolerance in (("float", FLOAT_TOLERANCE), ("int8", INT8_TOLERANCE), ("int4", INT4_TOLERANCE)):
        difference = max(abs(x - y) for x, y in zip(ours[kind]["win_rates"], exact))
        print(f"{kind}: largest difference of a win rate from scikit-learn's {difference:.1e}")
        if difference > tolerance:
            sys.exit(f"the answers disagree: more than {tolerance}")
    reference = sorted(times)[len(times) // 2] * 1e6
    print(f"scikit-learn, refit for a query: {reference / 1000:9.2f} ms")
    for kind in ("float", "int8", "int4"):
        micros = ours[kind]["microseconds"]
        print(f"sw_ranking, {kind:5}:              {micros / 1000:9.2f} ms, {reference / micros:.0f} times as fast")
    print(f"mf, given the embedding:         {ours['mf']['microseconds']:9.3f} µs")


main()
