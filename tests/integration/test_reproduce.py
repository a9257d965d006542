"""scripts/reproduce, on data and with an encoder of a few kilobytes."""

import csv
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import BINARY, SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="the script runs the program a hundred times")

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests" / "reference" / "bert" / "model"
STRONG, WEAK = "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"
PAPER_WEAK = "mistralai/Mixtral-8x7B-Instruct-v0.1"
QUERIES = 120


def write_table(path, columns, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def write_lines(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def needs_strong(i):
    return i % 3 == 0


def prompt(i, source):
    return f"Prove that {i} is a prime of {source}." if needs_strong(i) else f"Say hello to number {i} of {source}."


def write_source(folder, source, models, battles=None):
    """Outcomes of the models; with `battles`, votes between the first two of them beside them."""
    ids = [f"{source}/{i}" for i in range(QUERIES)]
    write_lines(folder / f"{source}.queries.jsonl",
                [{"id": id, "prompt": prompt(i, source)} for i, id in enumerate(ids)])
    subprocess.run(["gzip", "-f", folder / f"{source}.queries.jsonl"], check=True)
    rows = [[id, model, 0.0 if number and needs_strong(i) else 1.0 - 0.25 * number * ((i + number) % 2)]
            for i, id in enumerate(ids) for number, model in enumerate(models)]
    tables = {"outcomes": (["id", "model", "score"], rows)}
    if battles:
        tables["battles"] = (["id", "model_a", "model_b", "winner"],
                             [[id, *models[:2], "model_a" if needs_strong(i) or i % 5 == 0 else "model_b"]
                              for i, id in enumerate(ids)])
    for kind, (columns, rows) in tables.items():
        write_table(folder / f"{source}.{kind}.csv", columns, rows)
        subprocess.run(["gzip", "-f", folder / f"{source}.{kind}.csv"], check=True)


def write_benchmarks(folder):
    (folder / "mmlu" / "responses").mkdir(parents=True)
    (folder / "gsm8k").mkdir()
    (folder / "mt_bench").mkdir()
    columns = ["prompt", PAPER_WEAK, STRONG]
    for subject in range(57):
        rows = [[prompt(i, f"subject {subject}"), not needs_strong(i), i % 7 != 0] for i in range(3 * subject, 3 * subject + 3)]
        write_table(folder / "mmlu" / "responses" / f"mmlu_s{subject:02}.csv", columns, rows)
    write_table(folder / "gsm8k" / "gsm8k_responses.csv", columns,
                [[prompt(i, "gsm8k"), not needs_strong(i), i % 7 != 0] for i in range(QUERIES)])
    questions = [{"question_id": i, "turns": [prompt(i, "mt bench"), f"And {i}?"]} for i in range(QUERIES)]
    write_lines(folder / "mt_bench" / "question.jsonl", questions)
    write_lines(folder / "mt_bench" / "judgements.jsonl",
                [{"question_id": i, "turn": turn, "model": model, "score": 9 if model == STRONG or not needs_strong(i) else 4}
                 for i in range(QUERIES) for turn in (1, 2) for model in (STRONG, PAPER_WEAK)])
    for name, seen in (("mmlu", prompt(5, "subject 1")), ("gsm8k", prompt(8, "gsm8k")), ("mt_bench", "And 3?")):
        write_lines(folder / name / "contaminated_prompts.jsonl", [{"eval_prompt": seen}])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in ("outcomes", "preferences"):
        (folder / name).mkdir()
    pairs = ["claude-3-opus-20240229", "llama-3-8b-instruct"]
    for source in ("zeroeval", "lookahead-math"):
        write_source(folder / "outcomes", source, pairs)
    for source in ("routerbench", "arena-bench"):
        write_source(folder / "outcomes", source, [STRONG, WEAK])
    write_source(folder / "preferences", "japanese-judged", pairs)
    for source in ("arena-55k", "arena-hard", "arena-hard-ja"):
        write_source(folder / "preferences", source, [STRONG, WEAK], battles=True)
    write_table(folder / "preferences" / "same_prompt_groups.csv", ["group", "id"], [])
    subprocess.run(["gzip", folder / "preferences" / "same_prompt_groups.csv"], check=True)
    write_benchmarks(folder / "benchmarks")
    return folder


def reproduce(data, *arguments):
    environment = {**os.environ, "ROUTELLM": str(BINARY), "MODEL_DIR": str(MODEL), "ROUTELLM_DATA": str(data)}
    return subprocess.run([ROOT / "scripts" / "reproduce", *map(str, arguments)], capture_output=True, text=True,
                          timeout=280, env=environment)


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    flags = ["--routers", "mf,knn", "--work", folder / "work", "--out", folder / "docs"]
    return folder, flags, reproduce(data, *flags)


def test_the_tables_hold_every_router_and_what_is_missing(run):
    folder, _, done = run
    assert done.returncode == 0, done.stdout + done.stderr
    page = (folder / "docs" / "results.md").read_text()
    for title in ("MT Bench", "MMLU", "GSM8K"):
        section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
        figures = {(row[0], row[1]): row[2:5] for row in rows[2:]}
        for training in ("votes", "votes and outcomes"):
            assert (training, "mf") in figures
            assert "[" in figures[training, "knn"][2]
            assert figures[training, "sw_ranking"] == ["–"] * 3
        assert "[" in figures["[model card](../models/mf.md)", "mf, the built-in default"][2]
        # Strong answers are needed where the prompt asks for a proof: knn knows that from the votes.
        assert float(figures["votes", "knn"][2].split()[0]) > float(figures["none", "random"][2].split()[0]) + 0.1
    assert f"{QUERIES - 1} prompts, 1 more left out" in page
    assert "sw_ranking on votes: left out by --routers" in page
    assert f"Claude 3 Opus / Llama 3 8B | zeroeval | {QUERIES} |" in page
    for name in ("mt-bench", "mmlu", "gsm8k"):
        for training in ("votes", "outcomes"):
            assert "<svg" in (folder / "docs" / "results" / f"{name}-{training}.svg").read_text()


def test_a_second_run_does_nothing_again_and_gives_the_same(run, data):
    folder, flags, first = run
    page = (folder / "docs" / "results.md").read_text()
    vectors = {file: file.stat().st_mtime_ns for file in (folder / "work" / "vectors").rglob("*.safetensors")}
    done = reproduce(data, *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vectors of" not in done.stdout and " on " not in done.stdout, done.stdout
    assert (folder / "docs" / "results.md").read_text() == page
    assert vectors and vectors == {file: file.stat().st_mtime_ns for file in vectors}


def test_other_data_are_embedded_again_and_only_they(run, data, tmp_path):
    folder, flags, _ = run
    changed = tmp_path / "data"
    shutil.copytree(data, changed)
    write_source(changed / "preferences", "arena-hard", [WEAK, STRONG], battles=True)
    queries = changed / "preferences" / "arena-hard.queries.jsonl.gz"
    subprocess.run(["gzip", "-d", queries], check=True)
    plain = queries.with_suffix("")
    plain.write_text(plain.read_text().replace("Say hello", "Say goodbye"))
    subprocess.run(["gzip", plain], check=True)
    done = reproduce(changed, *flags, "--work", folder / "work", "--out", tmp_path / "docs")
    assert done.returncode == 0, done.stdout + done.stderr
    embedded = [line.split()[2] for line in done.stdout.splitlines() if "vectors of" in line]
    assert embedded == ["arena-hard"]
    assert "mf on votes" in done.stdout


def test_a_sample_says_so_and_stays_out_of_the_documents(data, tmp_path):
    done = reproduce(data, "--sample", 40, "--routers", "knn", "--work", tmp_path / "work")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "work" / "results.md").read_text()
    assert "at most 40 queries" in page
    assert "\n40 prompts" in page or "\n39 prompts" in page


@pytest.mark.parametrize("arguments, complaint", [
    (["--sample", "none"], "--sample none: not a number from 1 on"),
    (["--routers", "mf,oracle"], "there is no 'oracle'"),
    (["--precision", "int4"], "--precision int4: int8 or float"),
    (["--fast"], "--fast is no option, or lacks its value"),
])
def test_wrong_usage_is_said(data, arguments, complaint):
    done = reproduce(data, *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr and "Usage: scripts/reproduce" in done.stderr


def test_missing_data_and_models_are_said(data, tmp_path):
    flags = ["--work", tmp_path / "work", "--out", tmp_path / "docs"]
    done = reproduce(tmp_path / "nothing", *flags)
    assert done.returncode == 1 and "there are no folders outcomes, preferences and benchmarks" in done.stderr
    environment = {**os.environ, "ROUTELLM": str(BINARY), "MODEL_DIR": str(tmp_path), "ROUTELLM_DATA": str(data)}
    done = subprocess.run([ROOT / "scripts" / "reproduce", *map(str, flags)], capture_output=True, text=True, env=environment)
    assert done.returncode == 1 and "cannot be used" in done.stderr and "config.json" in done.stderr
