"""routellm models: listing, probing, placing new models; routellm train score; explanations."""

import json
import subprocess

import pytest

from harness import BINARY


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=240)


KNOWN = ["gpt-4-1106-preview", "gpt-3.5-turbo-1106", "mixtral-8x7b-instruct-v0.1", "llama-2-7b"]


def write_outcomes(folder, name, scores, queries=60):
    """Query i is the harder the higher i is; `scores` maps a model to how many of the first it answers."""
    folder.mkdir(exist_ok=True)
    with open(folder / f"{name}.queries.jsonl", "w") as prompts:
        for i in range(queries):
            prompts.write(json.dumps({"id": f"{name}/{i}", "prompt": f"Which of these {i} things is it?"}) + "\n")
    with open(folder / f"{name}.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for model, right in scores.items():
            for i in range(queries):
                outcomes.write(f"{name}/{i},{model},{int(i < right)}\n")
    return folder


@pytest.fixture
def exam(tmp_path):
    return write_outcomes(tmp_path / "exam", "exam", {**dict(zip(KNOWN, (52, 38, 33, 14))), "new": 45})


def test_list():
    done = run("models", "list")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) > 100
    rank = {line.split()[2]: int(line.split()[0]) for line in lines[1:]}
    assert rank["gpt-4-1106-preview"] < rank["mixtral-8x7b-instruct-v0.1"]
    assert run("models", "list", "--checkpoint", __file__).returncode == 2


def test_a_model_is_placed_by_its_outcomes_and_can_be_routed_to(exam, tmp_path):
    out = tmp_path / "my.safetensors"
    done = run("models", "fit", "--model", "new", "--outcomes", exam, "--weak-model", "new", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "by            60 outcomes; known models have 240 on the same queries" in done.stdout
    assert "gpt-4-1106-preview is abler than new with a chance of" in done.stdout
    listed = run("models", "list", "--checkpoint", out).stdout.splitlines()
    rank = {line.split()[2]: int(line.split()[0]) for line in listed[1:]}
    assert rank["gpt-4-1106-preview"] < rank["new"] < rank["mixtral-8x7b-instruct-v0.1"]

    def win_rate(*pair):
        decision = run("route", "--checkpoint", out, "--json", *pair, "Which of these is it?")
        assert decision.returncode == 0, decision.stderr
        return json.loads(decision.stdout)["win_rate"]

    default = win_rate()
    assert win_rate("--weak-model", "mixtral-8x7b-instruct-v0.1") > default > 0.5, "the new model is the better weak one"
    assert win_rate("--strong-model", "new", "--weak-model", "mixtral-8x7b-instruct-v0.1") > 0.5
    assert win_rate("--weak-model", "a name to print") == default


def test_a_model_is_placed_by_its_rank(tmp_path):
    out = tmp_path / "my.safetensors"
    done = run("models", "fit", "--model", "new", "--stronger-than", "llama-2-7b", "--weaker-than", "gpt-4-1106-preview",
               "--out", out)
    assert done.returncode == 0, done.stderr
    assert "its rank alone" in done.stdout
    assert "new" in run("models", "list", "--checkpoint", out).stdout


def test_a_pair_the_wrong_way_round_is_said(tmp_path):
    done = run("models", "fit", "--model", "new", "--stronger-than", "gpt-4-1106-preview", "--weak-model", "new",
               "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "with a chance of 0 %" in done.stdout
    assert "the weak model of the pair is the abler one" in done.stderr


def test_an_uncertain_pair_is_said(exam, tmp_path):
    few = tmp_path / "few"
    write_outcomes(few, "few", {"near": 8}, queries=14)
    done = run("models", "fit", "--model", "near", "--outcomes", few, "--strong-model", KNOWN[2], "--weak-model", "near",
               "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "too uncertain to say which model of the pair is the abler one" in done.stderr


def test_what_cannot_be_placed(exam, tmp_path):
    out = tmp_path / "out"
    all_right = write_outcomes(tmp_path / "right", "right", {"clever": 60})
    all_wrong = write_outcomes(tmp_path / "wrong", "wrong", {"dull": 0})
    too_few = write_outcomes(tmp_path / "few", "few", {"hasty": 3}, queries=6)
    for arguments, message in (
        (["--model", "new"], "nothing to place the model by"),
        (["--model", "absent", "--outcomes", exam], "hold none of the model 'absent'"),
        (["--model", "llama-2-7b", "--outcomes", exam], "knows the model 'llama-2-7b' already"),
        (["--model", "new", "--stronger-than", "nobody"], "nobody"),
        (["--model", "new", "--stronger-than", "gpt-4-1106-preview", "--weaker-than", "llama-2-7b"], "no model fits between"),
        (["--model", "clever", "--outcomes", all_right], "all 60 outcomes of 'clever' are 1"),
        (["--model", "dull", "--outcomes", all_wrong], "all 60 outcomes of 'dull' are 0"),
        (["--model", "hasty", "--outcomes", too_few], "there are 6 outcomes of 'hasty'"),
        (["--model", "new", "--outcomes", exam, "--weak-model", "nobody"], "nobody"),
    ):
        done = run("models", "fit", *arguments, "--out", out)
        assert done.returncode == 2, (arguments, done.stderr)
        assert message in done.stderr
        assert not out.exists()
    bounded = run("models", "fit", "--model", "clever", "--outcomes", all_right, "--weaker-than", "gpt-4-1106-preview",
                  "--out", out)
    assert bounded.returncode == 0, bounded.stderr


def test_order_against_the_outcomes_is_said(exam, tmp_path):
    done = run("models", "fit", "--model", "new", "--outcomes", exam, "--weaker-than", "llama-2-7b", "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    assert "by its outcomes alone, the chance of that order is" in done.stderr


def test_probe(exam, tmp_path):
    out = tmp_path / "probe.queries.jsonl"
    done = run("models", "probe", "--from", exam, "--count", 20, "--out", out)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    numbers = sorted(int(line["id"].split("/")[1]) for line in lines)
    assert len(set(numbers)) == 20 and all(line["prompt"] for line in lines)
    # What every known model gets right, or none does, tells little.
    assert sum(n < 14 or n >= 52 for n in numbers) <= 6
    plain = tmp_path / "prompts.txt"
    plain.write_text("\n".join(f"prompt number {i}" for i in range(30)))
    assert run("models", "probe", "--from", plain, "--count", 10, "--out", out).returncode == 0
    assert len(out.read_text().splitlines()) == 10
    for arguments in (["--from", plain, "--count", 31], ["--from", tmp_path / "absent"], ["--from", exam, "--count", 0]):
        assert run("models", "probe", *arguments, "--out", tmp_path / "no").returncode in (1, 2), arguments
        assert not (tmp_path / "no").exists()


def test_validate(exam):
    assert run("models", "validate", "--outcomes", exam).returncode == 2, "too few outcomes"


def write_scores(path, count=200):
    with open(path, "w") as scores:
        scores.write("prompt,model,score\n")
        for i in range(count):
            hard = i % 2
            scores.write(f"{'Prove the lemma about' if hard else 'Say hello to'} {i},mine,{1 + i % 3 if hard else 4 + i % 4 // 2}\n")
    return path


def test_a_score_router_learns_from_own_scores(tmp_path):
    scores = write_scores(tmp_path / "own.csv")
    for name in ("one", "two"):
        done = run("train", "score", "--scores", scores, "--weak-model", "mine", "--strong-model", "big", "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert "as before, recalibrated" in done.stdout and "trained" in done.stdout
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

    def decide(prompt):
        return json.loads(run("route", "--router", "score", "--checkpoint", tmp_path / "one", "--json", prompt).stdout)

    hard, easy = decide("Prove the lemma about 1234"), decide("Say hello to 1234")
    assert hard["win_rate"] > 0.7 > 0.3 > easy["win_rate"]
    assert hard["model"] == "big" and easy["model"] == "mine"
    share = run("route", "--router", "score", "--checkpoint", tmp_path / "one", "--strong-model-pct", "0.3", "--json", "Hi")
    assert 0 <= json.loads(share.stdout)["threshold"] <= 1


def test_scores_that_cannot_be_learnt_from(tmp_path):
    out = tmp_path / "out"
    scores = write_scores(tmp_path / "own.csv")
    few = write_scores(tmp_path / "few.csv", 12)
    bad = tmp_path / "bad.csv"
    bad.write_text("prompt,model,score\nhello,mine,6\n")
    for arguments, message in (
        (["--weak-model", "mine"], "nothing to train on"),
        (["--scores", scores, "--weak-model", "absent"], "no score of the model 'absent'"),
        (["--scores", scores, "--weak-model", "mine", "--strong-model", "mine"], "are the same"),
        (["--scores", few, "--weak-model", "mine"], "there are 12 scores of mine"),
        (["--scores", bad, "--weak-model", "mine"], "bad.csv:2"),
        (["--scores", scores, "--weak-model", "mine", "--init", __file__], "test_models.py"),
        (["--scores", scores, "--weak-model", "mine", "--without-words"], "belong to --init none"),
    ):
        done = run("train", "score", *arguments, "--out", out)
        assert done.returncode == 2, (arguments, done.stderr)
        assert message in done.stderr
        assert not out.exists()


def test_explanations():
    for router in ("mf", "score"):
        done = run("route", "--router", router, "--explain", "--json", "Prove that there are infinitely many primes.")
        explanation = json.loads(done.stdout)["explanation"]
        assert "mixtral-8x7b-instruct-v0.1" in explanation["basis"]
        effects = [abs(reason["effect"]) for reason in explanation["reasons"]]
        assert len(effects) > 5 and effects == sorted(effects, reverse=True)
        assert any(reason["what"] == 'the word "prove"' for reason in explanation["reasons"])
        table = run("route", "--router", router, "--explain", "Prove that there are infinitely many primes.").stdout
        assert "because" in table and "compared with an average prompt" in table and "smaller ones together" in table
    assert run("route", "--router", "random", "--explain", "x").returncode == 2
    assert run("route", "--explain").returncode == 2
