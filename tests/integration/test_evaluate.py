"""`routellm evaluate`: routers on a benchmark, from files to table."""

import csv
import json
import os
import struct
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
    assert report["strong"] == {"model": MODELS[0], "quality": 100, "usd_per_mtok": 24.7}
    assert report["weak"] == {"model": MODELS[1], "quality": 50, "usd_per_mtok": 0.24}
    routers = {router["name"]: router for router in report["routers"]}
    assert list(routers) == ["worst", "random", "length"]
    assert routers["length"]["cpt50"] == pytest.approx(25)
    assert routers["length"]["apgr"] == pytest.approx(0.75)
    assert routers["worst"]["apgr"] == pytest.approx(0.25)
    low, high = routers["random"]["interval95"]["apgr"]
    assert low < 0.5 < high
    assert routers["length"]["full_apgr"] == pytest.approx(0.75)
    # 95 % of the strong model's 100 %: by length, half of the strong calls of drawing by lot.
    assert routers["length"]["near_strong_percent"] == pytest.approx(45)
    assert routers["length"]["near_strong_cost"] == pytest.approx(0.24 + 24.46 * 0.45)
    assert routers["length"]["near_strong_saving"] == pytest.approx(1 - (0.24 + 24.46 * 0.45) / (0.24 + 24.46 * 0.9))
    assert [point["strong_percent"] for point in routers["length"]["curve"]] == list(range(100, -1, -10))
    assert report["oracle"]["apgr"] == pytest.approx(0.75)


def test_the_table_names_models_routers_and_thresholds(data):
    done = evaluate(data, "--routers", "length", "random", "--verbose", "--bins", "4")
    assert done.returncode == 0
    for text in (*MODELS, "200 queries, 1 more left out", "CPT50", "APGR", "oracle", "smallest share", "threshold"):
        assert text in done.stdout
    rows = [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("random", "length"))]
    assert rows == ["length", "random"] * 3  # two tables and the thresholds
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
    (["--strong-model", "none"], "gsm8k has no model 'none'; it has: gpt-4"),
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


def test_thresholds_prices_and_checkpoints_are_taken(data, tmp_path):
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"{MODELS[0]}: 30\n{MODELS[1]}: 1\n")
    done = evaluate(data, "--prices", prices, "--price", f"{MODELS[1]}=2", "--threshold-for", "length=101", "--json")
    report = json.loads(done.stdout)
    assert (report["strong"]["usd_per_mtok"], report["weak"]["usd_per_mtok"]) == (30, 2)
    point, = report["operating_points"]
    assert (point["strong_percent"], point["quality"], point["cost"]) == (50, 100, 16)
    low, high = point["interval95"]["strong_percent"]
    assert 40 < low < 50 < high < 60
    checkpoint = os.path.join(os.path.dirname(__file__), "..", "..", "models", "mf.safetensors")
    both = evaluate(data, "--routers", "mf", f"file={checkpoint}", "--json")
    first, second = json.loads(both.stdout)["routers"][:2]
    assert (first.pop("name"), second.pop("name")) == ("mf", "file") and first == second


@pytest.mark.parametrize("arguments, message", [
    (["--threshold-for", "mf=0.5"], "there is no router 'mf' in this evaluation"),
    (["--threshold-for", "length=abc"], "'abc' is not a number"),
    (["--price", "x=-1"], "a price is not below 0"),
    (["--prices", "/dev/null"], "price list"),
    (["--pairs", "all", "--strong-model", "x"], "--pairs"),
    (["--dataset", "x"], "--dataset"),
])
def test_wrong_values(data, arguments, message):
    done = evaluate(data, *arguments)
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""


def test_the_output_folder_holds_pictures_and_a_page_that_stands_alone(data, tmp_path):
    out = tmp_path / "new" / "out"
    done = evaluate(data, "--output", out)
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(out)) == ["curves.gnuplot", "curves.png", "curves.svg", "evaluation.json", "report.html"]
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG") and "</svg>" in (out / "curves.svg").read_text()
    page = (out / "report.html").read_text()
    assert "@REPORT@" not in page and "https://" not in page and "src=" not in page
    assert json.loads((out / "evaluation.json").read_text())["prompts"] == COUNT


def test_without_gnuplot_nothing_is_written(data, tmp_path):
    out = tmp_path / "out"
    done = evaluate(data, "--output", out, env={"PATH": str(tmp_path)})
    assert done.returncode == 1 and "gnuplot" in done.stderr and done.stdout == ""
    assert os.listdir(out) == []


@pytest.fixture
def exam(tmp_path):
    """Outcomes of three models: "large" answers all, "small" the short half, "tiny" nothing."""
    queries = tmp_path / "exam.queries.jsonl"
    queries.write_text("".join(json.dumps({"id": str(i), "prompt": "x" * (i + 1)}) + "\n" for i in range(COUNT)))
    with open(tmp_path / "exam.outcomes.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "model", "score"])
        for i in range(COUNT):
            writer.writerows([[i, "large", 1], [i, "small", int(i < COUNT // 2)], [i, "tiny", 0]])
    return tmp_path / "exam.outcomes.csv"


def evaluate_dataset(*arguments):
    return subprocess.run([BINARY, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_own_outcomes_are_evaluated_for_any_pair(exam):
    done = evaluate_dataset("--dataset", exam, "--strong-model", "large", "--weak-model", "small", "--json")
    report = json.loads(done.stdout)
    assert (report["prompts"], report["strong"]["quality"], report["weak"]["quality"]) == (COUNT, 100, 50)
    length = next(router for router in report["routers"] if router["name"] == "length")
    assert length["apgr"] == pytest.approx(0.75)
    unnamed = evaluate_dataset("--dataset", exam)
    assert unnamed.returncode == 2 and "has: large, small, tiny" in unnamed.stderr


def test_a_pair_the_wrong_way_round_has_no_gap_to_recover(exam):
    done = evaluate_dataset("--dataset", exam, "--strong-model", "small", "--weak-model", "large", "--json")
    assert done.returncode == 0, done.stderr
    assert "large is the better model here: are the names the right way round?" in done.stderr
    assert all(router["apgr"] is None for router in json.loads(done.stdout)["routers"])


def test_all_pairs_are_compared(exam):
    done = evaluate_dataset("--dataset", exam, "--pairs", "all", "--json")
    report = json.loads(done.stdout)
    apgr = {(pair["strong"]["model"], pair["weak"]["model"]): pair["apgr"]["length"]["value"] for pair in report["pairs"]}
    assert apgr == {("large", "small"): pytest.approx(0.75), ("large", "tiny"): pytest.approx(0.5),
                    ("small", "tiny"): pytest.approx(0.25)}
    assert "3 pairs of models" in evaluate_dataset("--dataset", exam, "--pairs", "all").stdout
    assert "0 pairs" in evaluate_dataset("--dataset", exam, "--pairs", "all", "--min-queries", "201").stdout


def test_own_battles_are_evaluated(tmp_path):
    battles = tmp_path / "votes.csv"
    rows = [f"{'x' * (i + 1)},{'a,b,model_a' if i >= 50 else 'b,a,model_a'}" for i in range(100)]
    battles.write_text("\n".join(["prompt,model_a,model_b,winner", *rows, "tie,a,b,tie", "tied,a,b,tie", "end,a,b,model_a"]))
    done = evaluate_dataset("--dataset", battles, "--format", "battles", "--json")
    report = json.loads(done.stdout)
    assert (report["strong"]["model"], report["weak"]["model"], report["prompts"]) == ("a", "b", 103)
    assert report["strong"]["quality"] == pytest.approx(100 * 52 / 103)


@pytest.mark.parametrize("row, message", [
    ("7,large,nan", "exam.outcomes.csv:602: column 'score': 'nan'"),
    ("999,large,1", "exam.outcomes.csv:602: column 'id': no query has this id"),
    ("7,large", "exam.outcomes.csv:602"),
])
def test_unusable_outcomes_are_named(exam, row, message):
    exam.write_text(exam.read_text() + row + "\n")
    done = evaluate_dataset("--dataset", exam, "--pairs", "all")
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""


def test_latin_1_bytes_are_named(data):
    file = data / "gsm8k" / "gsm8k_responses.csv"
    file.write_bytes(file.read_bytes().replace(b"xxx,True", b"x\xe9x,True", 1))
    done = evaluate(data)
    assert done.returncode == 2 and "gsm8k_responses.csv:7" in done.stderr and "UTF-8" in done.stderr


def safetensors(path, tensors, metadata=None):
    header, body = {"__metadata__": metadata} if metadata else {}, b""
    for name, rows in tensors.items():
        values = [value for row in rows for value in row]
        header[name] = {"dtype": "F32", "shape": [len(rows), len(rows[0])],
                        "data_offsets": [len(body), len(body) + 4 * len(values)]}
        body += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def test_routers_on_embeddings_take_them_from_a_file(data, tmp_path):
    # Its win rate rises with the first number of an embedding, here the length of the prompt.
    unit = [[1, 0], [0, 1]]
    safetensors(tmp_path / "mf.safetensors",
                {"P.weight": unit, "text_proj.0.weight": unit, "classifier.0.weight": [[1, 1]]},
                {"models": '["strong", "weak"]', "pair": '{"strong": "strong", "weak": "weak"}'})
    safetensors(tmp_path / "vectors.safetensors", {"v": [[i / COUNT, 0.5] for i in range(COUNT)]})
    safetensors(tmp_path / "short.safetensors", {"v": [[0, 0]] * (COUNT - 1)})
    config = tmp_path / "routellm.yaml"
    published = "{type: mf, checkpoint: mf.safetensors"
    config.write_text("models: {a: openai/a}\nrouters:\n"
                      f"  published: {published}, prompt_embeddings: vectors.safetensors}}\n"
                      f"  short: {published}, prompt_embeddings: short.safetensors}}\n"
                      f"  without: {published}}}\n")
    done = evaluate(data, "--config", config, "--routers", "published", "--json")
    assert done.returncode == 0, done.stderr
    routers = {router["name"]: router for router in json.loads(done.stdout)["routers"]}
    assert routers["published"]["apgr"] == pytest.approx(routers["length"]["apgr"])
    short = evaluate(data, "--config", config, "--routers", "short")
    assert short.returncode == 2 and f"{COUNT - 1} embeddings for {COUNT} prompts" in short.stderr
    without = evaluate(data, "--config", config, "--routers", "without")
    assert without.returncode == 2 and "name an embedder" in without.stderr
