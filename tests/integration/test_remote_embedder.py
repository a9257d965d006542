"""The remote embedder of the tools: vectors from an OpenAI-compatible server."""

import subprocess

import pytest
from harness import BINARY
from scripted import Scripted, embeddings, unused_port
from test_embed import read_safetensors

KEY = "sk-never-to-be-shown"


@pytest.fixture
def server():
    scripted = Scripted(embeddings(lambda text: [len(text), ord(text[0]), 0.5]))
    yield scripted
    scripted.stop()


def embed(tmp_path, server_url, *arguments):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\nthree\n")
    out = tmp_path / "vectors.safetensors"
    done = subprocess.run(
        [BINARY, "embed", "--embedder", "remote", "--embedding-model", "openai/m", "--embedding-url", server_url,
         "--embedding-key-env", "MY_KEY", "--input", prompts, "--out", out, *arguments],
        capture_output=True, text=True, timeout=60, env={"MY_KEY": KEY})
    assert KEY not in done.stdout + done.stderr
    return done, out


def test_vectors_bear_the_embedders_identity(tmp_path, server):
    done, out = embed(tmp_path, server.base_url)
    assert done.returncode == 0, done.stderr
    header, values = read_safetensors(out)
    assert header["__metadata__"] == {"embedder": "remote", "revision": "m"}
    assert header["vectors"]["shape"] == [2, 3]
    assert list(values) == [3, ord("o"), 0.5, 5, ord("t"), 0.5]
    assert all(head["authorization"] == f"Bearer {KEY}" for head in server.heads)
    assert server.requests[-1] == {"model": "m", "input": ["one", "three"]}


@pytest.mark.parametrize("answer, said", [
    (lambda path, body: (401, {"error": {"message": "no such key"}}), "answers with status 401: no such key"),
    (lambda path, body: (200, {"data": []}), "0 vectors for"),
    (lambda path, body: (200, {"data": [{"index": 0, "embedding": []}]}), "a vector has 0 numbers"),
    (lambda path, body: (200, {"error": "?"}), "it has no `data`"),
])
def test_bad_answers_are_clear_errors(tmp_path, server, answer, said):
    server.answer = answer
    done, out = embed(tmp_path, server.base_url)
    assert done.returncode in (1, 2) and said in done.stderr, done.stderr
    assert not out.exists()


def test_wrong_flags(tmp_path):
    for arguments, said in [
        (["--embedding-url", "ftp://x"], "--embedding-url: it must begin with http"),
        (["--embedding-key-env", "sk-1"], "--embedding-key-env: not the name of an environment variable"),
        (["--embedding-key-env", "UNSET"], "the key variable UNSET is not set"),
        (["--embedding-model", "nosuch/m"], "--embedding-model: unknown provider 'nosuch'"),
        (["--model-dir", "x"], "--model-dir is for --embedder encoder"),
    ]:
        done = subprocess.run([BINARY, "embed", "--embedder", "remote", "--input", "x", "--out", tmp_path / "out", *arguments],
                              capture_output=True, text=True, timeout=60, env={})
        assert done.returncode == 2 and said in done.stderr, done.stderr


def test_a_server_that_is_not_there_is_tried_again_and_then_told(tmp_path):
    done, out = embed(tmp_path, f"http://127.0.0.1:{unused_port()}/v1")
    assert done.returncode == 1 and "cannot be reached" in done.stderr, done.stderr
