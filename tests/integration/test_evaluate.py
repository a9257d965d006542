"""`routellm evaluate`: routers on a benchmark, from files to table."""

import csv
import json
import os
import subprocess

import pytest
from harness import BINARY

MODELS = ["gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1"]
COUNT = 200


@pytest.fixture
def data(tmp_path):
    """A GSM8K in which the strong model answers everything and the weak one the shorter half."""
    folder = tmp_path / "benchmarks" / "gsm8k"
    folder.mkdir(parents=True)
    with open(folder / "gsm8k_responses.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", *MODELS, *(f"{model}_response" for model in MODELS)])
        writer.writerow(["contaminated", False, True, "", ""])
        for i in range(COUNT):
            writer.writerow(["x" * (i + 1), True, i < COUNT // 2, "yes,\n\"so\"", "no"])
    (folder / "contaminated_prompts.jsonl").write_text(json.dumps({"eval_prompt": "contaminated"}))
    return tmp_path / "benchmarks"


def evaluate(data, *arguments, env=None):
    return subprocess.run([BINARY, "evaluate", "--benchmark", "gsm8k", "--data-dir", data, *arguments],
                          capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})})


def scores_file(path, rows, header="index,score"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_json_holds_every_router_and_its_curve(data, tmp_path):
    scores = scores_file(tmp_path / "s.csv", (f"{i},{1 - i / COUNT}" for i in range(COUNT)))
    done = evaluate(data, "--scores", f"worst={scores}", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert report["prompts"] == COUNT and report["contaminated"] == 1
    assert report["strong"] == {"model": MODELS[0], "quality": 100}
    assert report["weak"] == {"model": MODELS[1], "quality": 50}
    routers = {router["name"]: router for router in report["routers"]}
    assert list(routers) == ["worst", "random", "length"]
    assert routers["length"]["cpt50"] == pytest.approx(25)
    assert routers["length"]["apgr"] == pytest.approx(0.75)
    assert routers["worst"]["apgr"] == pytest.approx(0.25)
    low, high = routers["random"]["interval95"]["apgr"]
    assert low < 0.5 < high
    assert [point["strong_percent"] for point in routers["length"]["curve"]] == list(range(100, -1, -10))
    assert report["oracle"]["apgr"] == pytest.approx(0.75)


def test_the_table_names_models_routers_and_thresholds(data):
    done = evaluate(data, "--routers", "length", "random", "--verbose", "--bins", "4")
    assert done.returncode == 0
    for text in (*MODELS, "200 of 201 prompts", "CPT50", "APGR", "oracle", "smallest share", "threshold"):
        assert text in done.stdout
    rows = [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("random", "length"))]
    assert rows == ["length", "random", "length", "random"]
    assert "numpy.interp" in evaluate(data, "--compat").stdout


def test_written_scores_give_the_same_evaluation(data, tmp_path):
    written = evaluate(data, "--routers", "mf", "--write-scores", tmp_path / "out", "--json")
    assert sorted(os.listdir(tmp_path / "out")) == [f"gsm8k.{name}.scores.csv" for name in ("length", "mf", "random")]
    read = evaluate(data, "--scores", f"read={tmp_path / 'out' / 'gsm8k.mf.scores.csv'}", "--json")
    first, second = (json.loads(done.stdout)["routers"][0] for done in (written, read))
    assert (first.pop("name"), second.pop("name")) == ("mf", "read")
    assert first == second


def test_the_data_folder_comes_from_the_environment(data):
    arguments = [BINARY, "evaluate", "--benchmark", "gsm8k"]
    environment = {**os.environ, "ROUTELLM_DATA": str(data.parent)}
    assert subprocess.run(arguments, env=environment, capture_output=True, timeout=60).returncode == 0
    del environment["ROUTELLM_DATA"]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "--data-dir" in done.stderr


@pytest.mark.parametrize("header, change, message", [
    ("index,value", {}, "s.csv:1: there is no column 'score'"),
    ("index,score", {7: "7,nan"}, "s.csv:9: column 'score': 'nan' is not a finite number"),
    ("index,score", {7: "6,0.5"}, "s.csv:9: column 'index': 6 occurs twice"),
    ("index,score", {7: None}, "s.csv:200: column 'index': 7 is missing"),
    ("index,score", {COUNT: f"{COUNT},0.5"}, "s.csv:202: column 'index': '200' is not an index from 0 to 199"),
])
def test_unusable_scores_are_named_and_nothing_is_written(data, tmp_path, header, change, message):
    rows = {i: f"{i},0.5" for i in range(COUNT)} | change
    scores = scores_file(tmp_path / "s.csv", (row for row in rows.values() if row), header)
    done = evaluate(data, "--scores", f"mine={scores}", "--write-scores", tmp_path / "out")
    assert done.returncode == 2
    assert message in done.stderr and done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments, message", [
    (["--routers", "none"], "there is no router 'none'"),
    (["--strong-model", "none"], "no answers of a model 'none'"),
    (["--scores", "mine"], "NAME=FILE"),
    (["--routers", "length", "length"], "two routers are named 'length'"),
    (["--bins", "0"], "--bins"),
    (["--benchmark", "arc"], "--benchmark"),
])
def test_wrong_usage(data, arguments, message):
    done = evaluate(data, *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_wrong_answer_column_is_named(data):
    file = data / "gsm8k" / "gsm8k_responses.csv"
    file.write_text(file.read_text().replace("xx,True,True", "xx,True,maybe", 1))
    done = evaluate(data)
    assert done.returncode == 2
    assert "gsm8k_responses.csv:5: column 'mistralai/Mixtral-8x7B-Instruct-v0.1': 'maybe'" in done.stderr
