"""`routellm train sw_ranking`, and what `route` makes of its files."""

import csv
import json
import os
import random
import struct
import subprocess

import pytest

from harness import BINARY

PAIR = ["--strong-model", "big", "--weak-model", "small"]


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=os.environ, **options)


@pytest.fixture
def votes(tmp_path):
    """big beats small at proofs and loses to it at greetings; a third model loses to both, mostly, and a fourth always."""
    chance = random.Random(1)
    path = tmp_path / "votes.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "model_a", "model_b", "winner"])
        for i in range(900):
            proof = i % 2 == 0
            prompt = f"Prove the theorem on sequence {i}" if proof else f"Say hello to friend {i}"
            a, b = [("big", "small"), ("big", "third"), ("small", "third")][i % 3]
            good = chance.random() < 0.85
            a_wins = good if b == "third" else good == proof
            writer.writerow([prompt, a, b, "tie" if i % 50 == 0 else "model_a" if a_wins else "model_b"])
        writer.writerow(["Say hello", "big", "loser", "model_a"])
    return path


def test_one_command_from_votes_to_a_router(votes, tmp_path):
    out = tmp_path / "sw"
    done = run("train", "sw_ranking", "--battles", votes, *PAIR, "--out", out)
    assert done.returncode == 0, done.stderr
    for part in ("held out", "strengths", "accuracy", "AUC", "APGR", "ECE", "left out", ": loser", "3 models, 900 battles"):
        assert part in done.stdout, done.stdout
    assert "prompt" not in (out / "battles.csv").read_text(), "the prompts stay where they are"
    config = tmp_path / "routellm.yaml"
    config.write_text(json.dumps({
        "models": {"big": "ollama/big", "small": "ollama/small"},
        "routers": {"sw_ranking": {"battles": "sw/battles.csv", "embeddings": "sw/embeddings.safetensors"}},
    }))
    prompts = "Prove the theorem on sequence 7000\nSay hello to friend 7000\n"
    done = run("route", "--config", config, "--router", "sw_ranking", "--embedder", "hashed", "--strong-model-pct", "0.5",
               input=prompts)
    assert done.returncode == 0, done.stderr
    proof, greeting = [json.loads(line) for line in done.stdout.splitlines()]
    assert proof["model"] == "big" and proof["win_rate"] > greeting["win_rate"] + 0.1
    done = run("route", "--config", config, "--router", "sw_ranking", "--embedder", "hashed", "--embedding-dimensions", 64,
               "hello")
    assert done.returncode == 2, done.stdout


def test_the_same_files_again_and_from_a_file_of_vectors(votes, tmp_path):
    vectors = tmp_path / "vectors.safetensors"
    assert run("embed", "--input", votes, "--out", vectors).returncode == 0
    for name, more in (("one", []), ("two", ["--embeddings", vectors])):
        done = run("train", "sw_ranking", "--battles", votes, *PAIR, "--out", tmp_path / name, *more)
        assert done.returncode == 0, done.stderr
    for file in ("battles.csv", "embeddings.safetensors"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_wrong_use_leaves_no_file(votes, tmp_path):
    out = tmp_path / "sw"
    data = ["--battles", votes]
    few = tmp_path / "few.csv"
    few.write_text("".join(votes.read_text().splitlines(keepends=True)[:60]))
    for more, wanted in [([*data, "--strong-model", "bgi", "--weak-model", "small"], "know no model 'bgi'"),
                         ([*data, "--strong-model", "big", "--weak-model", "loser"], "do not rank 'big' and 'loser'"),
                         (["--battles", few, *PAIR], "too little to rank on"),
                         (PAIR, "nothing to train on"),
                         ([*data, *PAIR, "--sampled-votes", "intercepts"], "--sampled-votes")]:
        done = run("train", "sw_ranking", *more, "--out", out)
        assert done.returncode == 2, (more, done.stderr)
        assert wanted in done.stderr
    assert not out.exists()


def test_vectors_whose_products_would_not_be_finite_are_refused(votes, tmp_path):
    vectors = tmp_path / "vectors.npy"
    embedded = run("embed", "--input", votes, "--out", vectors)
    assert embedded.returncode == 0, embedded.stderr
    large = bytearray(vectors.read_bytes())
    for row in range(901):
        start = len(large) - (row + 1) * 512 * 4
        large[start:start + 4] = struct.pack("<f", 1e20)
    vectors.write_bytes(large)
    done = run("train", "sw_ranking", "--battles", votes, *PAIR, "--embeddings", vectors, "--out", tmp_path / "sw")
    assert done.returncode == 2, done.stderr
    assert "too long a vector: 1e+20" in done.stderr
