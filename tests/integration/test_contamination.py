"""`routellm contamination`: which evaluation prompts occur in training data, from files to exclusion list."""

import csv
import json
import os
import struct
import subprocess

import pytest
from harness import BINARY

QUESTION = "Tom has 3 red apples and gives 2 of them to Ann, who eats one. How many are left?"
NEAR = "Tom has 3 red apples and gives 2 of them to Ann, who eats one. How many remain?"
OTHER = "Write a short poem about two lighthouses that talk to each other at night."


def run(*arguments, env=None):
    return subprocess.run([BINARY, "contamination", *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, env={**os.environ, **(env or {})})


def report(*arguments):
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def found(result):
    return [(match["kind"], match["eval"]["id"], match["train"]["source"], match["train"]["id"])
            for match in result["matches"]]


@pytest.fixture
def write(tmp_path):
    def write(name, *lines):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return path
    return write


@pytest.fixture
def gsm8k(tmp_path):
    """A GSM8K of two questions, of which its own list names the second."""
    folder = tmp_path / "benchmarks" / "gsm8k"
    folder.mkdir(parents=True)
    with open(folder / "gsm8k_responses.csv", "w", newline="") as file:
        csv.writer(file).writerows([["prompt", "a", "b"], [OTHER, True, False], [QUESTION, True, True]])
    (folder / "contaminated_prompts.jsonl").write_text(json.dumps({"eval_prompt": QUESTION}) + "\n")
    return folder.parent


def test_training_data_of_every_form_are_searched(write, tmp_path):
    write("data/a.queries.jsonl", {"id": "a/1", "prompt": QUESTION.upper()})
    write("data/a.outcomes.csv", "id,model,score", "a/1,m,1")
    votes = write("votes.csv", "id,model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie",
                  '7,x,y,"[""hello"", ""%s""]",1,0,0' % QUESTION)
    chats = write("chats.jsonl", {"messages": [{"role": "user", "content": QUESTION}]})
    lines = write("lines.txt", "something else", QUESTION)
    column = write("column.csv", "prompt", f'"{QUESTION}"')
    evaluation = write("eval.txt", OTHER, QUESTION)
    result = report("--train", tmp_path / "data", votes, chats, lines, column, lines, "--eval", evaluation)
    assert result["train_prompts"] == 6 and result["found"] == 1
    assert sorted(found(result)) == [("exact", "2", "a.queries.jsonl", "a/1"), ("exact", "2", "chats.jsonl", "1"),
                                     ("exact", "2", "column.csv", "1"), ("exact", "2", "lines.txt", "2"),
                                     ("exact", "2", "votes.csv", "7")]


def test_measures_and_their_thresholds(write):
    train = write("train.txt", NEAR, "short one")
    evaluation = write("eval.txt", QUESTION, "Short: ONE!")
    result = report("--train", train, "--eval", evaluation)
    assert found(result) == [("exact", "2", "train.txt", "2"), ("overlap", "1", "train.txt", "1")]
    near = result["matches"][1]
    assert near["overlap"] == pytest.approx(10 / 11) and 0.8 < near["cosine"] < 1
    assert result["found_by_kind"] == {"exact": 1, "stem": 0, "overlap": 1, "cosine": 0}
    by_cosine = report("--train", train, "--eval", evaluation, "--overlap", "1", "--cosine", "0.8")
    assert [match[0] for match in found(by_cosine)] == ["exact", "cosine"]
    by_words = report("--train", train, "--eval", evaluation, "--overlap", "1", "--embedder", "none")
    assert [match[0] for match in found(by_words)] == ["exact"]
    assert by_words["matches"][0]["cosine"] is None and by_words["thresholds"]["cosine"] is None


def test_the_list_is_what_evaluate_leaves_out(write, gsm8k, tmp_path):
    train = write("train.txt", QUESTION, OTHER + " Please.")
    out = tmp_path / "found.jsonl"
    done = run("--train", train, "--eval", "gsm8k", "--out", out, env={"ROUTELLM_DATA": str(gsm8k.parent)})
    assert done.returncode == 0 and "gsm8k: 2 of 2 prompts occur among 2 training prompts" in done.stdout
    assert OTHER[:60] in done.stdout and "cosine: 2 of 2 prompts" in done.stderr
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["kind"], row["eval_prompt"], row["eval_idx"], row["train_prompt"], row["train_idx"]) for row in rows] == [
        ("exact", QUESTION, 1, QUESTION, 0), ("overlap", OTHER, 0, OTHER + " Please.", 1)]
    with open(gsm8k / "gsm8k" / "gsm8k_responses.csv", "a", newline="") as file:
        csv.writer(file).writerows([f"harmless {i}", True, i % 2 == 0] for i in range(20))
    evaluated = subprocess.run([BINARY, "evaluate", "--benchmark", "gsm8k", "--data-dir", gsm8k, "--exclude", out,
                                "--strong-model", "a", "--weak-model", "b"], capture_output=True, text=True, timeout=60)
    assert evaluated.returncode == 0, evaluated.stderr
    assert "20 queries, 2 more left out" in evaluated.stdout


def test_both_turns_of_mt_bench_count(write, tmp_path):
    write("b/mt_bench/question.jsonl", {"question_id": 81, "turns": [OTHER, QUESTION]})
    write("b/mt_bench/judgements.jsonl", *({"question_id": 81, "turn": turn, "model": "m", "score": 9} for turn in (1, 2)))
    train = write("train.txt", QUESTION)
    result = report("--train", train, "--eval", "mt-bench", "--data-dir", tmp_path / "b")
    assert found(result) == [("exact", "0 turn 2", "train.txt", "1")]


def test_the_status_says_whether_any_was_found(write):
    train = write("train.txt", QUESTION)
    clean = write("clean.txt", OTHER)
    assert run("--train", train, "--eval", clean, "--fail-if-found").returncode == 0
    assert run("--train", train, "--eval", train).returncode == 0
    done = run("--train", train, "--eval", train, "--fail-if-found")
    assert done.returncode == 3 and "1 of 1 prompts" in done.stdout


def test_a_clean_check_writes_an_empty_list(write, tmp_path):
    out = tmp_path / "found.jsonl"
    assert run("--train", write("a.txt", QUESTION), "--eval", write("b.txt", OTHER), "--out", out).returncode == 0
    assert out.read_text() == ""


def npy(path, rows):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n" % (len(rows), len(rows[0]))
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                     b"".join(struct.pack("<f", value) for row in rows for value in row))
    return path


def test_vectors_may_come_from_elsewhere(write, tmp_path):
    train = write("train.txt", "un", "deux", "trois")
    evaluation = write("eval.txt", "two", "four")
    vectors = ["--train-vectors", npy(tmp_path / "t.npy", [[1, 0], [0, 2], [3, 3]]),
               "--eval-vectors", npy(tmp_path / "e.npy", [[0.1, 5], [-1, 0]])]
    result = report("--train", train, "--eval", evaluation, *vectors)
    assert found(result) == [("cosine", "1", "train.txt", "2")]
    for name, rows, message in (("t.npy", [[1, 0]], "1 vectors where there are 3 prompts"),
                                ("e.npy", [[1, 2, 3], [4, 5, 6]], "has vectors of 2 numbers"),
                                ("e.npy", [[1, float("nan")], [1, 1]], "row 0, column 1 is not a finite number")):
        good = (tmp_path / name).read_bytes()
        npy(tmp_path / name, rows)
        done = run("--train", train, "--eval", evaluation, *vectors)
        assert done.returncode == 2 and message in done.stderr
        (tmp_path / name).write_bytes(good)
    (tmp_path / "t.npy").write_bytes(b"no array")
    assert "is no .npy file" in run("--train", train, "--eval", evaluation, *vectors).stderr
    assert run("--train", train, "--eval", evaluation, *vectors[:2]).returncode == 2


def test_bad_input_is_named_and_nothing_is_written(write, gsm8k, tmp_path):
    good = write("good.txt", QUESTION)
    broken = write("broken.jsonl", {"prompt": QUESTION}, '{"prompt": 3}')
    outcomes = write("a.outcomes.csv", "id,model,score")
    empty = write("empty.txt")
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    for arguments, status, message in (
            (["--train", broken, "--eval", good], 2, "broken.jsonl:2: key 'prompt': not a string"),
            (["--train", outcomes, "--eval", good], 2, "the prompts are in *.queries.jsonl"),
            (["--train", empty, "--eval", good], 2, "no prompts in these files"),
            (["--train", good, "--eval", empty], 2, "no prompts in this file"),
            (["--train", good, "--eval", "mnlu"], 2, "neither mmlu, gsm8k or mt-bench nor a file"),
            (["--train", good, "--eval", "mmlu", "--data-dir", gsm8k], 1, "mmlu/responses"),
            (["--train", tmp_path / "absent", "--eval", good], 1, "absent"),
            (["--train", gsm8k, "--eval", good], 2, "a folder without prompts"),
            (["--train", good, "--eval", good, "--cosine", "2"], 2, "--cosine"),
            (["--train", good, "--eval", good, "--overlap", "0"], 2, "--overlap"),
            (["--train", good], 2, "--eval")):
        done = run(*arguments, "--out", out)
        assert done.returncode == status and message in done.stderr, (arguments, done.stderr)
        assert done.stdout == "" and out.read_text() == "old"
    done = run("--train", good, "--eval", good, "--out", tmp_path / "absent" / "out.jsonl")
    assert done.returncode == 1 and "absent/out.jsonl" in done.stderr
