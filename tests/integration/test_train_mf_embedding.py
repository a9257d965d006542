"""`routellm train mf-embedding`, and what `route` makes of its checkpoint."""

import json
import os
import random
import signal
import subprocess

import pytest

from harness import BINARY

PAIR = ["--strong-model", "big", "--weak-model", "small"]


def run(*arguments, one_core=False):
    command = [*(["taskset", "-c", "0"] if one_core else []), BINARY, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ)


def header(path):
    data = path.read_bytes()
    return json.loads(data[8:8 + int.from_bytes(data[:8], "little")])


@pytest.fixture
def votes(tmp_path):
    """In the form of Chatbot Arena: big wins at proofs, small at greetings; a third model loses to both."""
    chance = random.Random(1)
    path = tmp_path / "votes.csv"
    with open(path, "w") as file:
        file.write("prompt,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n")
        for i in range(900):
            proof = i % 2 == 0
            prompt = f"Prove the theorem on sequence {i}" if proof else f"Say hello to friend {i}"
            a, b = [("big", "small"), ("big", "tiny"), ("small", "tiny")][i % 3]
            good = chance.random() < 0.9
            a_wins = good if (a, b) != ("big", "small") else good == proof
            flags = "0,0,1" if i % 50 == 0 else "1,0,0" if a_wins else "0,1,0"
            file.write(f'"[""{prompt}""]",{a},{b},{flags}\n')
    return path


def test_the_checkpoint_routes_by_what_the_votes_said(votes, tmp_path):
    out = tmp_path / "mf.safetensors"
    done = run("train", "mf-embedding", "--battles", votes, *PAIR, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "epoch 1: validation loss" in done.stderr
    for part in ("chosen on", "held out", "loss", "accuracy", "AUC", "ECE", "APGR", f"wrote {out}"):
        assert part in done.stdout
    metadata = header(out)["__metadata__"]
    assert metadata["embedder"] == "hashed" and json.loads(metadata["pair"]) == {"strong": "big", "weak": "small"}
    rates = {}
    for prompt in ("Prove the theorem on sequence 7000", "Say hello to friend 7000"):
        done = run("route", "--checkpoint", out, "--embedder", "hashed", "--threshold", "0.5", prompt)
        assert done.returncode == 0, done.stderr
        rates[prompt[:5]] = done.stdout
    assert "big (strong)" in rates["Prove"] and "small (weak)" in rates["Say h"]
    done = run("route", "--checkpoint", out, "--embedder", "hashed", "--strong-model-pct", "0.3", "Say hello to friend 7000")
    assert "small (weak)" in done.stdout, done.stderr
    done = run("route", "--checkpoint", out, "--embedder", "hashed", "--embedding-dimensions", 64, "hello")
    assert done.returncode == 2 and "made for 512" in done.stderr


def test_the_same_bytes_on_one_core_and_from_a_file_of_vectors(votes, tmp_path):
    vectors = tmp_path / "vectors.safetensors"
    assert run("embed", "--input", votes, "--out", vectors).returncode == 0
    command = ["train", "mf-embedding", "--battles", votes, *PAIR, "--noise", 3, "--out"]
    assert run(*command, tmp_path / "one").returncode == 0
    assert run(*command, tmp_path / "two", one_core=True).returncode == 0
    assert run(*command, tmp_path / "three", "--embeddings", vectors).returncode == 0
    assert run(*command, tmp_path / "seeded", "--seed", 2).returncode == 0
    one = (tmp_path / "one").read_bytes()
    assert one == (tmp_path / "two").read_bytes() == (tmp_path / "three").read_bytes()
    assert one != (tmp_path / "seeded").read_bytes()


def test_without_a_bias_the_tensors_are_the_published_ones(votes, tmp_path):
    out = tmp_path / "mf.safetensors"
    done = run("train", "mf-embedding", "--battles", votes, *PAIR, "--out", out, "--no-bias", "--dimension", 16)
    assert done.returncode == 0, done.stderr
    tensors = {name: value["shape"] for name, value in header(out).items() if name != "__metadata__"}
    assert tensors == {"P.weight": [3, 16], "text_proj.0.weight": [16, 512], "classifier.0.weight": [1, 16]}


def test_wrong_use_leaves_no_file(votes, tmp_path):
    out = tmp_path / "out"
    few = tmp_path / "few.csv"
    few.write_text("".join(votes.read_text().splitlines(keepends=True)[:40]))
    broken = tmp_path / "broken.csv"
    broken.write_text("prompt,model_a,model_b,winner\nhello,big,small,big\n")
    for more, wanted in [(["--battles", votes, "--strong-model", "bgi", "--weak-model", "small"], "know no model 'bgi'"),
                         (["--battles", few, *PAIR], "too little to train on"),
                         (["--battles", broken, *PAIR], "broken.csv:2: column 'winner'"),
                         (PAIR, "nothing to train on"),
                         (["--battles", votes, *PAIR, "--noise", "nan"], "--noise: Value nan not in [0 - 1000]"),
                         (["--battles", votes, *PAIR, "--sampled-votes", "maybe"], "--sampled-votes")]:
        done = run("train", "mf-embedding", *more, "--out", out)
        assert done.returncode == 2, (more, done.stderr)
        assert wanted in done.stderr
    assert not out.exists()


def test_an_interrupted_training_leaves_what_was_there(votes, tmp_path):
    out = tmp_path / "out"
    out.write_text("before")
    command = [BINARY, "train", "mf-embedding", "--battles", votes, *PAIR, "--out", out, "--patience", "1000",
               "--epochs", "100000", "--noise", "3"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while "epoch 3" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "nothing was written" in process.stderr.read()
    assert out.read_text() == "before" and sorted(p.name for p in tmp_path.iterdir()) == ["out", "votes.csv"]
