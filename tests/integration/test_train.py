"""routellm train: what it writes, and that bad input and interruptions write nothing."""

import gzip
import json
import os
import signal
import subprocess

import pytest

from harness import BINARY, until


def write_data(folder, queries=400):
    """The strong model is needed for proofs; greetings end in a tie."""
    with gzip.open(folder / "exam.queries.jsonl.gz", "wt") as prompts:
        for i in range(queries):
            prompt = f"Prove the theorem about sequence {i}" if i % 2 else f"Say hello to friend number {i}"
            prompts.write(json.dumps({"id": f"exam/{i}", "prompt": prompt}) + "\n")
    with open(folder / "exam.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for i in range(queries):
            outcomes.write(f"exam/{i},big,1\nexam/{i},small,{1 - i % 2}\n")


def command(folder, out, *more):
    return [BINARY, "train", "mf", "--outcomes", str(folder), "--out", str(out), "--strong-model", "big",
            "--weak-model", "small", "--dim", "4", "--bucket-bits", "10", *more]


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_data(data)
    return data


def test_equal_seeds_give_equal_bytes(folder, tmp_path):
    for name, threads in (("one", "1"), ("two", "2")):
        done = run(*command(folder, tmp_path / name, "--threads", threads))
        assert done.returncode == 0, done.stderr
        assert "epoch  1" in done.stderr and "held out: loss" in done.stderr
        assert "default pair" in done.stdout
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_unusable_data_leave_the_old_checkpoint(folder, tmp_path):
    out = tmp_path / "out.safetensors"
    out.write_text("old")
    with open(folder / "exam.outcomes.csv", "a") as outcomes:
        outcomes.write("exam/1,big,nan\n")
    done = run(*command(folder, out))
    assert done.returncode == 2
    assert "exam.outcomes.csv:802: column 'score': 'nan'" in done.stderr
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["data", "out.safetensors"]


def test_interruption_leaves_the_old_checkpoint(folder, tmp_path):
    out = tmp_path / "out.safetensors"
    out.write_text("old")
    log = tmp_path / "log"
    with open(log, "w") as errors:
        process = subprocess.Popen(command(folder, out, "--epochs", "1000000", "--patience", "1000000"),
                                   stdout=errors, stderr=errors)
        until(lambda: "epoch  2" in log.read_text(), "the second epoch")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert "nothing was written" in log.read_text()
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["data", "log", "out.safetensors"]


@pytest.mark.parametrize("arguments", [
    ["train"],
    ["train", "mf"],
    ["train", "mf", "--out", "x"],
    ["train", "mf", "--outcomes", "DATA", "--out", "no/such/folder/x"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT", "--epochs", "0"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT", "--strong-model", "unheard-of"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT", "--validation", "2"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT", "--validation", "0.1", "--holdout-source", "exam"],
])
def test_wrong_usage_is_status_2(folder, tmp_path, arguments):
    places = {"DATA": str(folder), "OUT": str(tmp_path / "out")}
    done = run(BINARY, *[places.get(argument, argument) for argument in arguments])
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert not (tmp_path / "out").exists()
