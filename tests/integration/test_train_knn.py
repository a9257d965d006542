"""`routellm train knn`, and what `evaluate` makes of its checkpoint."""

import gzip
import json
import os
import subprocess

import pytest

from harness import BINARY

MODELS = ["--strong-model", "big", "--weak-model", "small"]


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=os.environ)


@pytest.fixture
def folder(tmp_path):
    """The strong model is needed for proofs; the weak one is the better at greetings."""
    data = tmp_path / "data"
    data.mkdir()
    with gzip.open(data / "exam.queries.jsonl.gz", "wt") as prompts:
        for i in range(200):
            prompt = f"Prove the theorem about sequence {i}" if i % 2 else f"Say hello to friend number {i}"
            prompts.write(json.dumps({"id": f"exam/{i}", "prompt": prompt}) + "\n")
    with open(data / "exam.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for i in range(200):
            outcomes.write(f"exam/{i},big,{i % 2}\nexam/{i},small,{1 - i % 2}\n")
    return data


def header(path):
    data = path.read_bytes()
    return json.loads(data[8:8 + int.from_bytes(data[:8], "little")])


@pytest.mark.parametrize("index", ["exact", "graph"])
def test_evaluate_scores_with_the_checkpoint(folder, tmp_path, index):
    out, vectors = tmp_path / "knn.safetensors", tmp_path / "vectors.safetensors"
    done = run("train", "knn", "--outcomes", folder, *MODELS, "--out", out, "--index", index)
    assert done.returncode == 0, done.stderr
    assert "200 of 200 queries have been judged for big and small" in done.stderr
    assert "held out" in done.stdout and f"wrote {out}" in done.stdout
    assert ("graph.base" in header(out)) == (index == "graph")
    assert run("embed", "--input", folder / "exam.queries.jsonl.gz", "--out", vectors).returncode == 0
    config = tmp_path / "config.yaml"
    config.write_text(f"routers: {{knn: {{checkpoint: {out}, prompt_embeddings: {vectors}}}}}\n"
                      "models: {m: {model: openai/m, base_url: http://127.0.0.1:1/v1, auth: none}}\n")
    done = run("evaluate", "--dataset", folder / "exam.outcomes.csv", "--strong-model", "big", "--weak-model", "small",
               "--routers", "knn", "--config", config, "--output", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    assert "knn" in done.stdout


def test_vectors_from_a_file_give_the_same_checkpoint(folder, tmp_path):
    vectors = tmp_path / "vectors.safetensors"
    assert run("embed", "--input", folder / "exam.queries.jsonl.gz", "--out", vectors).returncode == 0
    for name, more in (("one", []), ("two", []), ("three", ["--embeddings", vectors])):
        done = run("train", "knn", "--outcomes", folder, *MODELS, "--out", tmp_path / name, *more)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == (tmp_path / "three").read_bytes()
    assert json.loads(header(tmp_path / "one")["__metadata__"]["knn"])["embedder"]["name"] == "hashed"


def test_scores_of_the_weak_model_are_labels(folder, tmp_path):
    scores = tmp_path / "judged.scores.csv"
    scores.write_text("prompt,score\n" + "".join(
        f"{'Prove the theorem about sequence' if i % 2 else 'Say hello to friend number'} {i},{1 if i % 2 else 5}\n"
        for i in range(400)))
    vectors = tmp_path / "vectors.safetensors"
    assert run("embed", "--input", scores, "--out", vectors).returncode == 0
    for kind, checkpoint in (("knn", "knn.safetensors"), ("mf-embedding", "mf.safetensors")):
        out = tmp_path / checkpoint
        done = run("train", kind, "--scores", scores, *MODELS, "--embeddings", vectors, "--out", out)
        assert done.returncode == 0, done.stderr
        router = ["--router", checkpoint.split(".")[0], "--checkpoint", out, "--embedder", "hashed", "--json"]
        proof, greeting = (json.loads(run("route", *router, prompt).stdout)["win_rate"]
                           for prompt in ("Prove the theorem about sequence 3", "Say hello to friend number 4"))
        assert proof > greeting + 0.2, kind


def test_wrong_use_leaves_no_file(folder, tmp_path):
    out, short = tmp_path / "out", tmp_path / "short.npy"
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a\n")
    assert run("embed", "--input", prompts, "--out", short).returncode == 0
    data = ["--outcomes", folder]
    for more, wanted in [([*data, "--strong-model", "bgi", "--weak-model", "small"], "the data know no model 'bgi'"),
                         ([*data, "--strong-model", "big", "--weak-model", "big"], "are the same"),
                         (MODELS, "nothing to train on"),
                         ([*data, *MODELS, "--embedder", "encoder"], "--model-dir"),
                         ([*data, *MODELS, "--embeddings", short], "has 1 embeddings for 200 queries"),
                         ([*data, *MODELS, "--index", "fast"], "--index")]:
        done = run("train", "knn", *more, "--out", out)
        assert done.returncode == 2, (more, done.stderr)
        assert wanted in done.stderr
    assert run("train", "knn", *data, *MODELS, "--out", tmp_path / "absent" / "out").returncode == 2
    assert not out.exists()
