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
    return [BINARY, "train", "mf", "--init", "none", "--outcomes", str(folder), "--out", str(out),
            "--strong-model", "big", "--weak-model", "small", *more]


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_data(data)
    return data


def win_rate(checkpoint, prompt):
    done = run(BINARY, "route", "--checkpoint", str(checkpoint), "--json", prompt)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["win_rate"]


def test_learns_what_the_outcomes_show_and_writes_the_same_twice(folder, tmp_path):
    write_data(folder, queries=600)
    for name in ("one", "two"):
        done = run(*command(folder, tmp_path / name))
        assert done.returncode == 0, done.stderr
        assert "600 queries of 1 sources, 2 models" in done.stderr
        assert "expected calibration error" in done.stdout
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    prove = win_rate(tmp_path / "one", "Prove the theorem about sequence 1234")
    greet = win_rate(tmp_path / "one", "Say hello to friend number 1234")
    assert prove > greet + 0.1


def test_leaves_sources_out(folder, tmp_path):
    with gzip.open(folder / "other.queries.jsonl.gz", "wt") as prompts:
        for i in range(100):
            prompts.write(json.dumps({"id": f"other/{i}", "prompt": f"{'Prove' if i % 2 else 'Greet'} it {i}"}) + "\n")
    with open(folder / "other.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for i in range(100):
            outcomes.write(f"other/{i},big,1\nother/{i},small,{1 - i % 2}\n")
    sides = tmp_path / "sides.json"
    sides.write_text(json.dumps({"other": {"strong": ["big"], "weak": ["small"]}}))
    done = run(*command(folder, tmp_path / "out", "--leave-sources-out", str(sides)))
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("other"))
    assert int(line.split()[1]) == 100
    assert float(line.split()[2]) > 0.6

    for content, message in (("{", "is not a map"), ("{}", "names no source"),
                             ('{"other": {"strong": [], "weak": ["small"]}}', "names no model on one side"),
                             ('{"nowhere": {"strong": ["big"], "weak": ["small"]}}', "no source 'nowhere'"),
                             ('{"other": {"strong": ["vast"], "weak": ["small"]}}', "no model 'vast'")):
        sides.write_text(content)
        done = run(*command(folder, tmp_path / "again", "--leave-sources-out", str(sides)))
        assert done.returncode == 2
        assert message in done.stderr
    assert not (tmp_path / "again").exists()


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
    write_data(folder, queries=20000)
    out = tmp_path / "out.safetensors"
    out.write_text("old")
    log = tmp_path / "log"
    with open(log, "w") as errors:
        process = subprocess.Popen(command(folder, out), stdout=errors, stderr=errors)
        until(lambda: "20000 queries" in log.read_text(), "the data are loaded")
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
    ["train", "mf", "--init", "none", "--outcomes", "DATA", "--out", "OUT", "--strong-model", "unheard-of"],
    ["train", "mf", "--init", "none", "--outcomes", "DATA", "--out", "OUT", "--strong-model", "small", "--weak-model", "big"],
    ["train", "mf", "--init", "none", "--outcomes", "DATA", "--out", "OUT", "--words", "DATA/exam.outcomes.csv"],
    ["train", "mf", "--init", "none", "--scores", "DATA", "--out", "OUT"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT"],
    ["train", "mf", "--outcomes", "DATA", "--out", "OUT", "--strong-model", "big", "--weak-model", "small", "--words", "x"],
    ["train", "words", "--outcomes", "DATA", "--out", "OUT", "--embedder", "encoder"],
])
def test_wrong_usage_is_status_2(folder, tmp_path, arguments):
    done = run(BINARY, *[argument.replace("DATA", str(folder)).replace("OUT", str(tmp_path / "out"))
                         for argument in arguments])
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert not (tmp_path / "out").exists()
