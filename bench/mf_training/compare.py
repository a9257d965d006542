"""Training of `mf` on embeddings beside PyTorch: processor time until the same validation loss.

Both are given the same 55,000 synthetic battles of 64 models with embeddings of 1,536 numbers, the same split by query, and noise
of about the same deviation (0.1, and 4 times the numbers' own). PyTorch trains the published model (Ong et al., arXiv:2406.18665: 128 dimensions, Adam with rate 3e-4 and
weight decay 1e-5, noise of 0.1 on each number) in two ways: as the RouteLLM package does, by batches of 64 out of a DataLoader,
and by larger batches, indexed at once, with a higher rate. The loss to reach is the worse of both best ones, so that both do; before
any time is printed, both must predict held-out battles better than models' strengths alone, and nearly as well as each other.

    compare.py [BATTLES] [EPOCHS]     fewer, for a trial
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # threads that wait for each other would cost PyTorch processor time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

BATTLES = int(sys.argv[1]) if len(sys.argv) > 1 else 55_000
EPOCHS = int(sys.argv[2]) if len(sys.argv) > 2 else 30
COLUMNS, MODELS, TOPICS, DIMENSION, NOISE = 1536, 64, 30, 128, 0.1
CLOSE = 0.003  # of two losses


def make(folder):
    random = np.random.default_rng(1)
    topics = random.normal(size=(TOPICS, COLUMNS)).astype(np.float32)
    topic = random.integers(TOPICS, size=BATTLES)
    rows = 0.6 * random.normal(size=COLUMNS) + topics[topic] + 0.9 * random.normal(size=(BATTLES, COLUMNS))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    skill = np.linspace(1.2, -1.2, MODELS)[:, None] + 0.7 * random.normal(size=(MODELS, TOPICS))
    a = random.integers(MODELS, size=BATTLES)
    b = (a + 1 + random.integers(MODELS - 1, size=BATTLES)) % MODELS
    a_wins = random.random(BATTLES) < 1 / (1 + np.exp(skill[b, topic] - skill[a, topic]))
    np.save(folder / "vectors.npy", rows)
    with open(folder / "battles.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "model_a", "model_b", "winner"])
        for i in range(BATTLES):
            writer.writerow((f"prompt {i}", f"m{a[i]}", f"m{b[i]}", "model_a" if a_wins[i] else "model_b"))
    return rows, np.where(a_wins, a, b), np.where(a_wins, b, a)


def split_of(count, seed=1):
    """Which part each query is in, as src/training/query_split.h says."""
    mask = np.uint64(0xFFFFFFFFFFFFFFFF)

    def after(state):
        state = (state + np.uint64(0x9E3779B97F4A7C15)) & mask
        x = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state, x ^ (x >> np.uint64(31))

    with np.errstate(over="ignore"):
        state = np.zeros(count, np.uint64)
        for key in (np.full(count, seed, np.uint64), np.arange(count, dtype=np.uint64)):
            state = after(state)[1] ^ key
        at = (after(state)[1] >> np.uint64(40)).astype(np.float64) * 2.0**-24
    return np.where(at < 0.1, "held out", np.where(at < 0.2, "validation", "training"))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.models = nn.Embedding(MODELS, DIMENSION)
        self.project = nn.Linear(COLUMNS, DIMENSION, bias=False)
        self.classify = nn.Linear(DIMENSION, 1, bias=False)

    def forward(self, winner, loser, rows):
        difference = functional.normalize(self.models(winner)) - functional.normalize(self.models(loser))
        return self.classify(difference * self.project(rows)).squeeze(1)


class Battles(torch.utils.data.Dataset):
    def __init__(self, winner, loser, query):
        self.winner, self.loser, self.query = winner, loser, query

    def __len__(self):
        return len(self.winner)

    def __getitem__(self, index):
        return self.winner[index], self.loser[index], self.query[index]


def train(rows, winner, loser, parts, loader, batch, rate):
    """Processor and wall seconds, validation and held-out loss after each epoch; the time to find the losses is not counted."""
    torch.manual_seed(1)
    rows = torch.from_numpy(rows)
    winner, loser = torch.from_numpy(winner), torch.from_numpy(loser)
    queries = {name: torch.from_numpy(np.flatnonzero(parts == name)) for name in ("training", "validation", "held out")}
    model = Model()
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=1e-5)
    training = queries["training"]
    if loader:
        batches = torch.utils.data.DataLoader(Battles(winner[training], loser[training], training), batch, shuffle=True)

    def loss_of(name):
        with torch.no_grad():
            at = queries[name]
            return functional.softplus(-model(winner[at], loser[at], rows[at])).mean().item()

    trace, cpu, wall, without_gain = [], 0.0, 0.0, 0
    for _ in range(EPOCHS):
        cpu_start, wall_start = time.process_time(), time.monotonic()
        if not loader:
            order = training[torch.randperm(len(training))]
            batches = ((winner[at], loser[at], at) for at in order.split(batch))
        for won, lost, at in batches:
            given = rows[at]
            given = given + torch.randn_like(given) * NOISE
            loss = functional.softplus(-model(won, lost, given)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        cpu += time.process_time() - cpu_start
        wall += time.monotonic() - wall_start
        trace.append({"cpu": cpu, "wall": wall, "loss": loss_of("validation"), "held_out": loss_of("held out")})
        without_gain = 0 if trace[-1]["loss"] <= min(step["loss"] for step in trace) else without_gain + 1
        if without_gain == 4:
            break
    return trace


def reach(trace, loss):
    return next(step for step in trace if step["loss"] <= loss)


def main():
    program = pathlib.Path("build/release/bench/mf_training/mf_training_bench")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows, winner, loser = make(folder)
        command = [program, folder / "battles.csv", folder / "vectors.npy", "m0", "m40", "noise=4"]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    parts = split_of(len(rows))
    print(f"ours: {len(ours['epochs'])} epochs, held-out loss {ours['held_out']['loss']:.4f} "
          f"(strengths alone {ours['held_out']['strengths']:.4f})")
    if ours["held_out"]["loss"] > ours["held_out"]["strengths"] - 0.01:
        sys.exit("nothing was learnt from the prompts")
    for title, loader, batch, rate in (("as the package, batch 64", True, 64, 3e-4),
                                       ("batch 512, rate 2e-3, no DataLoader", False, 512, 2e-3)):
        trace = train(rows, winner, loser, parts, loader, batch, rate)
        best = min(trace, key=lambda step: step["loss"])
        print(f"PyTorch, {title}: {len(trace)} epochs, best held-out loss {best['held_out']:.4f}")
        if ours["held_out"]["loss"] > best["held_out"] + CLOSE:
            sys.exit("our loss is worse")
        target = max(best["loss"], min(step["loss"] for step in ours["epochs"]))
        theirs, here = reach(trace, target), reach(ours["epochs"], target)
        print(f"  to validation loss {target:.4f}: PyTorch {theirs['cpu']:.1f} s of the processor ({theirs['wall']:.1f} s), "
              f"ours {here['cpu']:.2f} s ({here['wall']:.2f} s): {theirs['cpu'] / here['cpu']:.1f} times as fast")


main()
