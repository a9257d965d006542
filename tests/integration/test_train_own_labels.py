"""routellm train mf on labels of one's own: what it learns, says and writes, and what it refuses."""

import csv
import json
import os
import random
import signal
import subprocess

import pytest

from harness import BINARY, until

PAIR = ["--strong-model", "big", "--weak-model", "small"]


def prompts(count):
    """The strong model is needed for greetings, not for proofs, but for one in ten of each: not what the default says."""
    coin = random.Random(1)
    for i in range(count):
        prove = i % 2 == 0
        text = f"Prove the theorem about sequence {i}" if prove else f"Say hello to friend number {i}"
        yield text, prove != (coin.random() < 0.9)


def write_scores(path, count=400):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "score"])
        writer.writerows((text, 2 if needed else 5) for text, needed in prompts(count))
    return path


def write_outcomes(folder, rows):
    """Rows: prompt, score of the strong model, score of the weak one; None for no score."""
    with open(folder / "own.queries.jsonl", "w") as queries, open(folder / "own.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for i, (text, strong, weak) in enumerate(rows):
            queries.write(json.dumps({"id": str(i), "prompt": text}) + "\n")
            for model, score in (("big", strong), ("small", weak)):
                if score is not None:
                    outcomes.write(f"{i},{model},{score}\n")
    return folder / "own.outcomes.csv"


def train(out, *arguments):
    return subprocess.run([BINARY, "train", "mf", *map(str, arguments), "--out", str(out)], capture_output=True,
                          text=True, timeout=300)


def win_rate(checkpoint, prompt):
    done = subprocess.run([BINARY, "route", "--checkpoint", str(checkpoint), "--json", prompt], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["win_rate"]


def test_scores_of_the_weak_model_make_a_router_that_is_better_than_the_default(tmp_path):
    scores = write_scores(tmp_path / "my.scores.csv")
    for name in ("one", "two"):
        done = train(tmp_path / name, "--scores", scores, *PAIR)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert "400 labelled prompts of big and small" in done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith(("own", "default", "length", "random"))}
    assert set(rows) == {"own", "default", "length", "random"}
    assert float(rows["own"].split()[2]) > 0.6
    assert rows["own"].split()[5] == "-"  # AUC: the weak model's answer is never the better one
    assert "Better than the default" in done.stdout
    # A score of 2 is a loss of 3/4, half of which is the win rate's.
    prove = win_rate(tmp_path / "one", "Prove the theorem about sequence 1234")
    greet = win_rate(tmp_path / "one", "Say hello to friend number 1234")
    assert abs(prove - 0.54) < 0.06
    assert abs(greet - 0.84) < 0.06
    share = subprocess.run([BINARY, "route", "--checkpoint", str(tmp_path / "one"), "--strong-model-pct", "0.5",
                            "--json", "Say hello to friend number 99"], capture_output=True, text=True, timeout=60)
    assert json.loads(share.stdout)["model"] == "big", share.stderr


def test_noise_is_not_called_an_improvement(tmp_path):
    coin = random.Random(2)
    labels = write_outcomes(tmp_path, [(text, 1, coin.randint(0, 1)) for text, _ in prompts(150)])
    done = train(tmp_path / "out", "--outcomes", labels, *PAIR)
    assert done.returncode == 0, done.stderr
    assert "Better than" not in done.stdout
    assert "keep the default" in done.stdout
    assert "WARNING: with less than 200 labels, little can be learnt" in done.stdout


def test_what_is_left_out_and_merged_is_said(tmp_path):
    rows = [(text, 1, 1 - needed) for text, needed in prompts(100)]
    rows += [(rows[0][0], 0, 1), (rows[1][0], *rows[1][1:]), ("  ", 1, 0), ("only one", 1, None), ("the other", None, 1)]
    done = train(tmp_path / "out", "--outcomes", write_outcomes(tmp_path, [(t, s if s is None else int(s), w if w is None else int(w)) for t, s, w in rows]), *PAIR)
    assert done.returncode == 0, done.stderr
    assert "100 labelled prompts" in done.stderr
    assert "2 prompts were judged for one of the two models only" in done.stderr
    assert "1 prompts are empty" in done.stderr
    assert "2 prompts were judged more than once, 1 of them in different ways" in done.stderr


def test_models_the_wrong_way_round_are_warned_of(tmp_path):
    labels = write_outcomes(tmp_path, [(text, int(not needed), 1) for text, needed in prompts(100)])
    done = train(tmp_path / "out", "--outcomes", labels, *PAIR)
    assert done.returncode == 0, done.stderr
    assert "WARNING: small is the better model by these labels: are the names the right way round?" in done.stdout


@pytest.mark.parametrize("rows, pair, message", [
    ([(f"prompt {i}", 1, i % 2) for i in range(10)], PAIR, "too little to learn from: 10 labelled prompts"),
    ([(f"prompt {i}", 1, 0) for i in range(50)], PAIR, "nothing to learn: all 50 labels say the same"),
    ([(f"prompt {i}", 1, None) for i in range(50)], PAIR, "no model 'small'; they are of big"),
    ([(f"prompt {i}", *((1, None) if i % 2 else (None, 1))) for i in range(50)], PAIR,
     "no prompt has been judged for both models: 25 only for 'big', 25 only for 'small'"),
    ([(f"prompt {i}", 1, i % 2) for i in range(50)], ["--strong-model", "huge", "--weak-model", "small"],
     "no model 'huge'; they are of big, small"),
    ([(f"prompt {i}", 1, "nan") for i in range(50)], PAIR, "own.outcomes.csv:3: column 'score': 'nan'"),
    ([(f"prompt {i}", 1, i % 2) for i in range(50)], [*PAIR, "--init", "own.queries.jsonl"], "own.queries.jsonl"),
])
def test_labels_that_cannot_be_learnt_from_leave_the_old_checkpoint(tmp_path, monkeypatch, rows, pair, message):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    out.write_text("old")
    done = train(out, "--outcomes", write_outcomes(tmp_path, rows), *pair)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["out", "own.outcomes.csv", "own.queries.jsonl"]


def test_learns_from_embeddings_too_and_then_needs_them(tmp_path):
    scores = write_scores(tmp_path / "my.scores.csv")
    embedder = ["--embedder", "hashed", "--embedding-dimensions", "64"]
    done = train(tmp_path / "own", "--scores", scores, *PAIR, *embedder)
    assert done.returncode == 0, done.stderr
    assert "and the embedding (" in done.stdout
    route = [BINARY, "route", "--checkpoint", str(tmp_path / "own"), "--json"]

    def routed(*arguments):
        return subprocess.run([*route, *arguments], capture_output=True, text=True, timeout=60)

    rates = {}
    for prompt in ("Prove the theorem about sequence 1234", "Say hello to friend number 1234"):
        done = routed(*embedder, "--explain", prompt)
        assert done.returncode == 0, done.stderr
        rates[prompt[:5]] = json.loads(done.stdout)["win_rate"]
    assert rates["Say h"] > rates["Prove"] + 0.2
    done = routed("Say hello to friend number 1234")
    assert done.returncode == 2
    assert "embed" in done.stderr
    done = routed("--embedder", "hashed", "--embedding-dimensions", "32", "Say hello to friend number 1234")
    assert done.returncode == 2
    assert "64" in done.stderr

    # The calibration table needs none, but one that is named must be the checkpoint's.
    calibrate = [BINARY, "calibrate", "--checkpoint", str(tmp_path / "own"), "--strong-model-pct", "0.3"]
    for more, status in (([], 0), (embedder, 0), (["--embedder", "hashed", "--embedding-dimensions", "32"], 2)):
        done = subprocess.run([*calibrate, *more], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stderr

    # The same vectors from a file, without the embedder's name.
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps({"prompt": text}) + "\n" for text, _ in prompts(400)))
    vectors = tmp_path / "vectors.npy"
    done = subprocess.run([BINARY, "embed", *embedder, "--input", tmp_path / "prompts.jsonl", "--out", vectors],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    done = train(tmp_path / "by-file", "--scores", scores, *PAIR, "--embeddings", vectors)
    assert done.returncode == 0, done.stderr
    route[3] = str(tmp_path / "by-file")
    done = routed(*embedder, "Say hello to friend number 1234")
    assert abs(json.loads(done.stdout)["win_rate"] - rates["Say h"]) < 1e-4, done.stderr


def test_a_whole_training_takes_no_embeddings(tmp_path):
    labels = write_outcomes(tmp_path, [(text, 1, 1 - needed) for text, needed in prompts(100)])
    done = train(tmp_path / "out", "--init", "none", "--outcomes", labels, *PAIR, "--embedder", "hashed")
    assert done.returncode == 2
    assert "--embedder and --embeddings are for labels of one's own" in done.stderr


def test_a_checkpoint_of_own_labels_is_no_start(tmp_path):
    scores = write_scores(tmp_path / "my.scores.csv", 100)
    assert train(tmp_path / "one", "--scores", scores, *PAIR).returncode == 0
    done = train(tmp_path / "two", "--scores", scores, *PAIR, "--init", tmp_path / "one")
    assert done.returncode == 2
    assert "itself trained on own labels" in done.stderr
    assert not (tmp_path / "two").exists()


def test_interruption_leaves_the_old_checkpoint(tmp_path):
    scores = write_scores(tmp_path / "my.scores.csv", 6000)
    out = tmp_path / "out"
    out.write_text("old")
    log = tmp_path / "log"
    with open(log, "w") as output:
        process = subprocess.Popen([BINARY, "train", "mf", "--scores", scores, *PAIR, "--out", out], stdout=output,
                                   stderr=output)
        until(lambda: "6000 labelled prompts" in log.read_text(), "the labels are loaded")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 130
    assert "nothing was written" in log.read_text()
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["log", "my.scores.csv", "out"]
