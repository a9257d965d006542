"""`routellm benchmark relabel`: the labels of GSM8K from the texts of its answers."""

import json
import os
import pathlib
import subprocess

import pytest
from harness import BINARY

SHARED = pathlib.Path(os.environ.get("ROUTELLM_DATA") or pathlib.Path(__file__).parents[3] / "shared" / "data")


@pytest.fixture
def shared():
    """The public benchmarks."""
    folder = SHARED / "benchmarks"
    if not folder.is_dir():
        assert not os.environ.get("CI"), f"there is no folder {folder}"
        pytest.skip(f"there is no folder {folder}")
    return folder


def relabel(*arguments):
    return subprocess.run([BINARY, "benchmark", "relabel", *arguments], capture_output=True, text=True, timeout=60)


def test_the_public_answers_of_gsm8k(shared, tmp_path):
    done = relabel("gsm8k", "--data-dir", shared, "--list", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert rows["mistralai/Mixtral-8x7B-Instruct-v0.1"] == ["63.84", "%", "63.91", "%", "6", "5"]
    assert rows["gpt-4-1106-preview"] == ["85.67", "%", "88.78", "%", "42", "1"]
    assert "1319 questions, 54 labels change" in done.stdout
    assert done.stdout.count(": now right") == 48 and done.stdout.count(": now wrong") == 6
    evaluated = subprocess.run(
        [BINARY, "evaluate", "--benchmark", "gsm8k", "--data-dir", tmp_path / "out", "--json"],
        capture_output=True, text=True, timeout=60)
    assert json.loads(evaluated.stdout)["strong"]["quality"] == pytest.approx(88.83, abs=0.3)


def test_only_gsm8k_has_texts_of_answers():
    assert relabel("mmlu", "--data-dir", "x").returncode == 2


def test_a_missing_folder_is_named(tmp_path):
    done = relabel("gsm8k", "--data-dir", tmp_path)
    assert done.returncode == 1 and "test.jsonl" in done.stderr
