"""`routellm calibrate`: thresholds by share of strong calls, and by certified loss of quality."""

import gzip
import json
import random
import re
import subprocess

import pytest

from harness import BINARY

PROMPTS = [f"Explain {topic} {how}" for topic in ("rain", "C++ templates", "\\int x^2 dx", "love", "2+2", "taxes")
           for how in ("", "briefly", "with a proof", "to a child, in Japanese", "in 500 words: " + "please " * 20)]


def run(*arguments, text=""):
    return subprocess.run([BINARY, *arguments], input=text, capture_output=True, timeout=60,
                          text=isinstance(text, str), check=False)


def calibrate(*arguments, text=""):
    return run("calibrate", *arguments, text=text)


def threshold_of(done):
    assert done.returncode == 0, done.stderr
    return re.fullmatch(r"For 50\.0% strong model calls for mf, threshold = (0\.\d{5,})\n", done.stdout)[1]


def test_one_line_for_each_share_as_the_python_package_prints_it():
    done = calibrate("--router", "mf", "--strong-model-pct", "0.5", "0.3", "0.125", "--input", "-", text="\n".join(PROMPTS))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        f"For {share}% strong model calls for mf, threshold" for share in ("50.0", "30.0", "12.5")]
    thresholds = [float(line.split(" = ")[1]) for line in lines]
    assert thresholds == sorted(thresholds)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_route_then_sends_that_share(share):
    text = "\n".join(PROMPTS)
    report = json.loads(calibrate("--strong-model-pct", str(share), "--input", "-", "--json", text=text).stdout)
    chosen = report["thresholds"][0]
    routed = run("route", "--threshold", repr(chosen["threshold"]), "--strong-model", "strong", text=text)
    strong = sum(json.loads(line)["model"] == "strong" for line in routed.stdout.splitlines())
    assert report["router"] == "mf" and report["input"] == "-" and report["prompts"] == len(PROMPTS)
    assert chosen["strong_model_pct"] == share
    assert chosen["achieved"] == pytest.approx(strong / len(PROMPTS))
    assert abs(strong - share * len(PROMPTS)) < 1


def test_every_form_of_input_gives_the_same_threshold(tmp_path):
    def write(name, lines):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return str(tmp_path / name)

    def csv(prompt):
        return '"' + prompt.replace('"', '""') + '"'

    plain = threshold_of(calibrate("--strong-model-pct", "0.5", "--input", "-", text="\n".join(PROMPTS)))
    chats = [json.dumps({"messages": [{"role": "user", "content": prompt}]}) for prompt in PROMPTS]
    objects = [json.dumps({"id": str(i), "prompt": prompt}) for i, prompt in enumerate(PROMPTS)]
    arena = [f"a,b,{csv(json.dumps(['earlier turn', prompt]))},1,0,0" for prompt in PROMPTS]
    folder = tmp_path / "labels"
    folder.mkdir()
    with gzip.open(folder / "s.queries.jsonl.gz", "wt") as queries:
        queries.write("\n".join(objects))
    forms = [["--input", write("p.txt", PROMPTS)],
             ["--input", write("p.jsonl", chats)],
             ["--input", write("s.queries.jsonl", objects)],
             ["--input", write("p.csv", ["prompt,x", *(csv(prompt) + ",1" for prompt in PROMPTS)])],
             ["--input", write("q.csv", ["question", *map(csv, PROMPTS)]), "--column", "question"],
             ["--input", write("p.data", ["prompt", *map(csv, PROMPTS)]), "--input-format", "csv"],
             ["--input", write("p.log", objects), "--input-format", "jsonl"],
             ["--input", write("votes.csv", ["model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie", *arena])],
             ["--input", str(folder)]]
    for form in forms:
        assert threshold_of(calibrate("--strong-model-pct", "0.5", *form)) == plain, form


def test_equal_win_rates_are_said():
    done = calibrate("--strong-model-pct", "0.25", "--input", "-", text="same\n" * 4)
    assert "(which 100.0% of these prompts reach" in done.stdout
    digits = done.stdout.split(" = ")[1].split()[0]
    routed = run("route", "--threshold", digits, "--strong-model", "strong", text="same\n")
    assert json.loads(routed.stdout)["model"] == "strong"


def test_requests_without_text_are_left_out(tmp_path):
    image = json.dumps({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]})
    text = "\n".join([image, '{"prompt": "one"}', "", image])
    report = json.loads(calibrate("--strong-model-pct", "0.5", "--input", "-", "--json", text=text).stdout)
    assert (report["prompts"], report["without_text"]) == (1, 2)


def test_without_input_the_calibration_table_is_used(tmp_path):
    done = calibrate("--strong-model-pct", "0.5")
    assert float(threshold_of(done)) > 0
    assert "calibration table" in done.stderr
    assert json.loads(calibrate("--router", "random", "--strong-model-pct", "0.3", "--json").stdout)["thresholds"] == [
        {"strong_model_pct": 0.3, "threshold": 0.7, "achieved": None}]
    config = tmp_path / "routellm.yaml"
    config.write_text("models: {a: ollama/a, b: ollama/b}\n"
                      "routes: {r: {router: mf, strong_model_pct: 0.5, strong: a, weak: b}}\n")
    described = run("check-config", str(config))
    assert described.returncode == 0, described.stderr
    resolved = re.search(r"mf from (\S+) \(strong_model_pct 0\.5\)", described.stdout)[1]
    assert float(resolved) == pytest.approx(float(threshold_of(done)), abs=1e-5)
    routed = run("route", "hello", "--strong-model-pct", "0.5", "--json")
    assert json.loads(routed.stdout)["threshold"] == pytest.approx(float(resolved), abs=1e-6)


def test_another_pair_has_no_table(tmp_path):
    done = calibrate("--strong-model-pct", "0.5", "--pair", "claude-2.1", "gpt-4-0613")
    assert done.returncode == 2 and "claude-2.1 over gpt-4-0613" in done.stderr and "--input" in done.stderr
    done = calibrate("--strong-model-pct", "0.5", "--pair", "claude-2.1", "gpt-4-0613", "--input", "-", text="\n".join(PROMPTS))
    assert done.returncode == 0, done.stderr
    config = tmp_path / "routellm.yaml"
    config.write_text("models: {a: ollama/a, b: ollama/b}\nrouters: {mf: {strong_model: claude-2.1}}\n"
                      "routes: {r: {router: mf, strong_model_pct: 0.5, strong: a, weak: b}}\n")
    for command in (["check-config", str(config)], ["serve", "--config", str(config), "--port", "0"]):
        refused = run(*command)
        assert refused.returncode == 2
        assert "routes.r.strong_model_pct: the checkpoint has no calibration table for claude-2.1" in refused.stderr


@pytest.mark.parametrize("name, content, message", [
    ("empty.txt", b"", "there is no prompt to score"),
    ("blank.txt", b"\n \n", "there is no prompt to score"),
    ("broken.jsonl", b'{"prompt": "a"}\n{"prompt": \n{"x"\n', "broken.jsonl:2: "),
    ("other.jsonl", b'{"prompt": "a"}\n{"text": "b"}\n', "other.jsonl:2: "),
    ("latin.txt", b"ok\ncaf\xe9\n", "latin.txt:2: not valid UTF-8"),
    ("latin.jsonl", b'{"prompt": "caf\xe9"}\n', "latin.jsonl:1: "),
    ("latin.csv", b"prompt\ncaf\xe9\n", "latin.csv:2: column 'prompt': not valid UTF-8"),
    ("column.csv", b"question\nwhy\n", "column.csv:1: there is no column 'prompt'"),
    ("arena.csv", b"model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie\na,b,no list,1,0,0\n", "arena.csv:2: "),
])
def test_unusable_input_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    done = calibrate("--strong-model-pct", "0.5", "--input", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def labels(folder, count=4000, outcome=None, prompt=None):
    """Outcomes of `big` and `small`: short prompts are right by both, of long ones `small` misses a fifth."""
    draw = random.Random(5)
    outcome = outcome or (lambda long: (1.0, 0.0 if long and draw.random() < 0.2 else 1.0))
    queries, outcomes = [], ["id,model,score"]
    for i in range(count):
        long = i % 2 == 1
        text = prompt or f"Question {i} " + "and so on, " * (40 if long else 0)
        queries.append(json.dumps({"id": f"q/{i}", "prompt": text}))
        for model, score in zip(("big", "small"), outcome(long)):
            outcomes.append(f"q/{i},{model},{score}")
    (folder / "s.queries.jsonl").write_text("\n".join(queries))
    (folder / "s.outcomes.csv").write_text("\n".join(outcomes))
    return ["--outcomes", str(folder), "--strong-model", "big", "--weak-model", "small"]


def certify(*arguments):
    done = calibrate("--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_certified_threshold_saves_calls(tmp_path):
    arguments = labels(tmp_path)
    report = certify("--max-quality-loss", "0.02", "--confidence", "0.95", *arguments)
    certified = report["certified"]
    assert report["queries"] == 4000 and report["bound"] == "betting" and report["estimate"] is None
    assert certified["quality_loss"] < 0.02
    assert certified["saved_strong_share"] == pytest.approx(1 - certified["strong_share"])
    assert report["always_weak_quality_loss"] == pytest.approx(0.1, abs=0.02)
    larger = certify("--max-quality-loss", "0.05", *arguments)["certified"]
    stricter = certify("--max-quality-loss", "0.05", "--bound", "hoeffding-bentkus", *arguments)["certified"]
    assert larger["saved_strong_share"] >= certified["saved_strong_share"] > 0
    assert 0 < stricter["saved_strong_share"] <= larger["saved_strong_share"]
    text = calibrate("--max-quality-loss", "0.02", *arguments).stdout
    assert f"threshold     {certified['threshold']:g}\n" in text
    assert "with 95 % confidence, a quality loss of at most 0.02 against big alone" in text
    assert certify("--max-quality-loss", "0.02", *arguments)["certified"] == certified


def test_too_few_labels_are_said(tmp_path):
    arguments = ["--max-quality-loss", "0.02", *labels(tmp_path, 50)]
    report = certify(*arguments)
    assert report["certified"] is None and report["estimate"]["labels"] > 150
    text = calibrate(*arguments).stdout
    assert "this sample does not certify" in text
    assert f"about {report['estimate']['labels']} queries" in text


def test_a_hopeless_sample_is_said(tmp_path):
    arguments = ["--max-quality-loss", "0.02", *labels(tmp_path, 1000, lambda long: (1.0, 0.0), "the same")]
    report = certify(*arguments)
    assert report["certified"] is None and report["estimate"] is None and report["always_weak_quality_loss"] == 1.0
    assert "would not help" in calibrate(*arguments).stdout


def test_unusable_labels_are_named(tmp_path):
    arguments = labels(tmp_path, 10)
    done = calibrate("--max-quality-loss", "0.02", *arguments[:-1], "tiny")
    assert done.returncode == 2 and "no model 'tiny'; it has: big, small" in done.stderr
    done = calibrate("--max-quality-loss", "0.02", *arguments[:-1], "big")
    assert done.returncode == 2 and "cannot be both models" in done.stderr
    with open(tmp_path / "s.outcomes.csv", "a") as file:
        file.write("\nq/3,small,nan\n")
    done = calibrate("--max-quality-loss", "0.02", *arguments)
    assert done.returncode == 2 and "s.outcomes.csv:22: column 'score'" in done.stderr


def test_wrong_usage(tmp_path):
    some = labels(tmp_path, 10)
    for arguments in ([], ["--strong-model-pct"], ["--strong-model-pct", "0"], ["--strong-model-pct", "1"],
                      ["--strong-model-pct", "50"], ["--strong-model-pct", "0.5", "nan"], ["--input", "x"],
                      ["--strong-model-pct", "0.5", "--router", "nope"], ["--strong-model-pct", "0.5", "--pair", "a"],
                      ["--strong-model-pct", "0.5", "--pair", "a", "b"], ["--max-quality-loss", "0.1"],
                      ["--strong-model-pct", "0.5", "--input", "-", "--input-format", "xml"],
                      ["--strong-model-pct", "0.5", "--max-quality-loss", "0.1", *some],
                      ["--max-quality-loss", "0", *some], ["--max-quality-loss", "nan", *some],
                      ["--max-quality-loss", "0.1", "--confidence", "1", *some],
                      ["--max-quality-loss", "0.1", "--bound", "hope", *some], ["--max-quality-loss", "0.1", *some[:-2]]):
        done = calibrate(*arguments)
        assert done.returncode == 2, arguments
        assert done.stdout == "" and done.stderr, arguments


def test_a_threshold_is_of_the_pair_that_was_scored(tmp_path):
    for router in ("random", "mf"):
        done = calibrate("--router", router, "--pair", "foo", "bar", "--strong-model-pct", "0.3", "--input", "-", text="Hello")
        assert done.returncode == 2
    assert "foo" in done.stderr or "bar" in done.stderr
    with open(tmp_path / "own.queries.jsonl", "w") as queries, open(tmp_path / "own.outcomes.csv", "w") as outcomes:
        outcomes.write("id,model,score\n")
        for i in range(300):
            queries.write(json.dumps({"id": str(i), "prompt": f"{PROMPTS[i % len(PROMPTS)]} {i}"}) + "\n")
            outcomes.write(f"{i},big,1\n{i},small,1\n")
    certify = ["--max-quality-loss", "0.2", "--outcomes", tmp_path, "--strong-model", "big", "--weak-model", "small"]
    done = calibrate(*map(str, certify))
    assert done.returncode == 0, done.stderr
    assert "the win rates are those of gpt-4-1106-preview over mixtral-8x7b-instruct-v0.1" in done.stderr


def test_an_empty_prompt_is_a_request_without_text(tmp_path):
    done = calibrate("--strong-model-pct", "0.5", "--json", "--input", "-", text='{"prompt":"a"}\n{"prompt":""}\n{"prompt":"b c"}\n')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["without_text"] == 1
