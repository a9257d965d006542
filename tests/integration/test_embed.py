"""`routellm embed`: from a file of prompts to a file of vectors."""

import json
import os
import pathlib
import subprocess
import threading

from harness import BINARY
from scripted import Scripted, embeddings

REFERENCE = pathlib.Path(__file__).parent.parent / "reference" / "bert"


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env=os.environ)


def read_safetensors(path):
    data = path.read_bytes()
    header = int.from_bytes(data[:8], "little")
    return json.loads(data[8:8 + header]), memoryview(data[8 + header:]).cast("f")


def test_vectors_are_the_references(tmp_path):
    out = tmp_path / "vectors.safetensors"
    lines = [json.loads(line) for line in (REFERENCE / "embeddings.jsonl").read_text().split("\n") if line]
    done = run("embed", "--embedder", "encoder", "--model-dir", REFERENCE / "model", "--input",
               REFERENCE / "embeddings.jsonl", "--column", "text", "--out", out)
    assert done.returncode == 0, done.stderr
    header, values = read_safetensors(out)
    assert header["vectors"]["shape"] == [len(lines), 32]
    assert header["__metadata__"]["embedder"] == "encoder"
    for row, line in enumerate(lines):
        assert max(abs(values[row * 32 + i] - x) for i, x in enumerate(line["mean"])) < 1e-4, line["text"]
    assert f"embedding: {len(lines)} of {len(lines)} prompts" in done.stderr


def test_hashed_vectors_as_npy_serve_contamination(tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("What is the capital of France?\nWrite a poem.\n")
    vectors = tmp_path / "vectors.npy"
    assert run("embed", "--input", prompts, "--out", vectors).returncode == 0
    assert vectors.read_bytes().startswith(b"\x93NUMPY")
    done = run("contamination", "--train", prompts, "--eval", prompts, "--train-vectors", vectors,
               "--eval-vectors", vectors, "--json")
    assert done.returncode == 0, done.stderr


def test_contamination_with_an_encoder(tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("What is the capital of France?\n")
    done = run("contamination", "--train", prompts, "--eval", prompts, "--embedder", "encoder", "--model-dir",
               REFERENCE / "model")
    assert done.returncode == 0, done.stderr
    assert "encoder vectors (revision" in done.stdout


def test_wrong_use_leaves_no_file(tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a\n")
    out = tmp_path / "out.npy"
    for arguments, said in [(["--embedder", "encoder"], "needs --model-dir"),
                            (["--model-dir", REFERENCE / "model"], "--model-dir is for --embedder encoder"),
                            (["--embedder", "other"], "--embedder")]:
        done = run("embed", "--input", prompts, "--out", out, *arguments)
        assert done.returncode == 2 and said in done.stderr, done.stderr
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    done = run("embed", "--input", prompts, "--out", out, "--embedder", "encoder", "--model-dir", tmp_path)
    assert done.returncode == 2 and "config.json: model_type 't5'" in done.stderr, done.stderr
    empty = tmp_path / "empty.txt"
    empty.write_text("\n")
    assert run("embed", "--input", empty, "--out", out).returncode == 2
    assert not out.exists()


def test_a_killed_run_goes_on(tmp_path):
    """What a run had kept when it was killed is used by the next: only the rest is embedded again."""
    prompts, out = tmp_path / "prompts.txt", tmp_path / "out.safetensors"
    prompts.write_text("".join(f"{'x' * i}\n" for i in range(1, 701)))
    vectors, behind_512, killed = embeddings(lambda text: [len(text)]), threading.Event(), threading.Event()

    def stuck_behind_512(path, body):
        if max(map(len, body["input"])) > 512:
            behind_512.set()
            killed.wait(60)
        return vectors(path, body)

    server = Scripted(stuck_behind_512)
    try:
        arguments = ["embed", "--embedder", "remote", "--embedding-model", "openai/m", "--embedding-url",
                     server.base_url, "--input", prompts, "--out", out]
        with subprocess.Popen([BINARY, *map(str, arguments)], stderr=subprocess.PIPE) as process:
            assert behind_512.wait(60)
            process.kill()
        killed.set()
        assert not out.exists()
        server.answer = vectors
        server.requests.clear()
        done = run(*arguments)
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert "going on after 512 of 700 prompts" in done.stderr
    asked = {len(text) for body in server.requests for text in body["input"] if set(text) == {"x"}}
    assert asked == set(range(513, 701))
    assert list(read_safetensors(out)[1]) == list(range(1, 701))
    assert not (tmp_path / "out.safetensors.partial").exists()


def test_eight_bits_and_the_first_token_have_their_own_revision(tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a prompt\n")
    revisions = set()
    for more in ([], ["--precision", "int8"], ["--first-token"]):
        out = tmp_path / "out.safetensors"
        done = run("embed", "--embedder", "encoder", "--model-dir", REFERENCE / "model", "--input", prompts, "--out", out, *more)
        assert done.returncode == 0, done.stderr
        revisions.add(read_safetensors(out)[0]["__metadata__"]["revision"])
    assert len(revisions) == 3
