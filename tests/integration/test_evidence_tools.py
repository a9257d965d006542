"""Routers that score embeddings, in `route`, `calibrate` and `evaluate`."""

import json
import math
import os
import struct
import subprocess

import pytest
from harness import BINARY
from scripted import Scripted, embeddings

PROMPTS = ["", "w", "ss", "www", "ssss"]


def write_checkpoint(path, embedder=None, dimension=2):
    """A published kind of mf checkpoint whose win rate is the logistic function of a vector's first number."""
    tensors = {
        "P.weight": ([2, 2], [1, 0, 0, 1]),
        "text_proj.0.weight": ([2, dimension], [1] + [0] * (2 * dimension - 1)),
        "classifier.0.weight": ([1, 2], [1, 1]),
    }
    header, data = {"__metadata__": {"models": '["a", "b"]', "pair": '{"strong": "a", "weak": "b"}', **(embedder or {})}}, b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def vector(text):
    """Strong for an `s` in front."""
    return [3.0 if text.startswith("s") else -3.0, len(text)]


@pytest.fixture
def server():
    scripted = Scripted(embeddings(vector))
    yield scripted
    scripted.stop()


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "MY_KEY": "k"}, **options)


def write_config(tmp_path, base_url, **router):
    path = tmp_path / "routellm.yaml"
    path.write_text(json.dumps({
        "models": {"strong": "ollama/a", "weak": "ollama/b"},
        "embedders": {"remote": {"kind": "remote", "model": "openai/m", "base_url": base_url, "api_key_env": "MY_KEY",
                                 "dimensions": 2}},
        "routers": {"published": {"type": "mf", "checkpoint": "mf.safetensors", "embedder": "remote", **router}},
    }))
    write_checkpoint(tmp_path / "mf.safetensors")
    return path


def test_route_by_the_configuration(tmp_path, server):
    config = write_config(tmp_path, server.base_url)
    done = run("route", "--config", config, "--router", "published", input="\n".join(PROMPTS[1:]) + "\n")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["model"] for line in lines] == ["b", "a", "b", "a"]
    assert lines[1]["win_rate"] == pytest.approx(1 / (1 + math.exp(-3)))
    assert len(server.requests) == 1, "one request for all lines"
    done = run("route", "--config", config, "--router", "published", "sun", "--json")
    assert json.loads(done.stdout)["model"] == "a"


def test_route_by_flags(tmp_path, server):
    checkpoint = write_checkpoint(tmp_path / "mf.safetensors")
    remote = ["--embedder", "remote", "--embedding-model", "openai/m", "--embedding-url", server.base_url]
    done = run("route", "--checkpoint", checkpoint, *remote, input='{"prompt": "sun", "id": 4}\nw\n{}\n')
    assert done.returncode == 1, "a line without a prompt"
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("model") for line in lines] == ["a", "b", None] and [line["id"] for line in lines] == [4, 2, 3]

    server.answer = lambda path, body: (400, {"error": {"message": "broken"}})
    done = run("route", "--checkpoint", checkpoint, *remote, "--embedding-dimensions", "2", input="one\ntwo\n")
    assert done.returncode == 1
    assert [json.loads(line)["error"].endswith("status 400: broken") for line in done.stdout.splitlines()] == [True, True]


def test_calibrate_and_evaluate(tmp_path, server):
    config = write_config(tmp_path, server.base_url)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(["s"] * 25 + ["w"] * 75) + "\n")
    done = run("calibrate", "--config", config, "--router", "published", "--strong-model-pct", "0.25", "--input", prompts,
               "--json")
    assert done.returncode == 0, done.stderr
    assert 0.05 < json.loads(done.stdout)["thresholds"][0]["threshold"] <= 1 / (1 + math.exp(-3)) + 1e-6, done.stdout

    (tmp_path / "data").mkdir()
    queries = [{"id": f"q{i}", "prompt": f"{'s' if i % 2 else 'w'} {i}"} for i in range(120)]
    (tmp_path / "data" / "own.queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries))
    (tmp_path / "data" / "own.outcomes.csv").write_text("id,model,score\n" + "".join(
        f"q{i},big,1\nq{i},small,{1 - i % 2}\n" for i in range(120)))
    scores = tmp_path / "scores"
    done = run("evaluate", "--dataset", tmp_path / "data", "--config", config, "--routers", "published", "mf",
               "--strong-model", "big", "--weak-model", "small", "--json", "--write-scores", scores, "--resamples", "10")
    assert done.returncode == 0, done.stderr
    assert "scoring: 120 of 120 prompts" in done.stderr
    rows = (scores / "dataset.published.scores.csv").read_text().splitlines()[1:]
    assert [float(row.split(",")[1]) > 0.5 for row in rows] == [bool(i % 2) for i in range(120)]


def test_an_encoder_serves_too(tmp_path):
    model = os.path.join(os.path.dirname(__file__), "..", "reference", "bert", "model")
    checkpoint = write_checkpoint(tmp_path / "mf.safetensors", dimension=32)
    done = run("route", "--checkpoint", checkpoint, "--embedder", "encoder", "--model-dir", model, "Hello", "--json")
    assert done.returncode == 0, done.stderr
    assert 0 < json.loads(done.stdout)["win_rate"] < 1


@pytest.mark.parametrize("arguments, metadata, said", [
    ([], None, "name an embedder"),
    (["--embedder", "hashed"], None, "the embedder gives 512 numbers; this router was made for 2"),
    (["--embedder", "hashed", "--embedding-dimensions", "2"], {"embedder": "remote", "revision": "m"},
     "made for the embedder remote (revision m), not for hashed"),
])
def test_an_embedder_that_does_not_fit_is_an_error(tmp_path, arguments, metadata, said):
    checkpoint = write_checkpoint(tmp_path / "mf.safetensors", metadata)
    done = run("route", "--checkpoint", checkpoint, *arguments, "Hello")
    assert done.returncode == 2 and said in done.stderr, done.stderr


def test_a_router_without_embeddings_takes_no_embedder():
    done = run("route", "--embedder", "hashed", "Hello")
    assert done.returncode == 2 and "it takes no embedder" in done.stderr, done.stderr


def test_a_key_that_is_not_set_is_an_error(tmp_path, server):
    config = write_config(tmp_path, server.base_url)
    done = subprocess.run([BINARY, "route", "--config", config, "--router", "published", "x"], capture_output=True,
                          text=True, env={})
    assert done.returncode == 2 and "MY_KEY is not set" in done.stderr, done.stderr
    assert not server.requests
