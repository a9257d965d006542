"""`routellm train mf` on labels of MMLU and GSM8K, judged on the rest, beside ridge regression on TF-IDF.

Usage: scripts/bench own_labels [--model-dir DIR] [mmlu-1531] [mmlu-folds] [gsm8k-folds]    (all three by default)

DIR is the folder of an encoder: then a router that also learns from its embeddings is trained as well.

The labels are whether GPT-4 and Mixtral 8x7B answered a benchmark's question right, which RouteLLM publishes. Each router
learns from some of the questions and is judged by `routellm evaluate` on the others: APGR over every distinct score.
mmlu-1531: the five lists of 1,531 questions in $ROUTELLM_GOLDEN/splits (default ../shared/golden), judged on the other
12,506. The folds: five of a random fifth each. The benchmarks are in $ROUTELLM_DATA/benchmarks (default ../shared/data).
"""

import argparse
import csv
import json
import os
import pathlib
import random
import statistics
import sys
import tempfile
import time

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from measured import measured

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("ROUTELLM_DATA", ROOT / ".." / "shared" / "data")) / "benchmarks"
GOLDEN = pathlib.Path(os.environ.get("ROUTELLM_GOLDEN", ROOT / ".." / "shared" / "golden"))
PROGRAM = ROOT / "build" / "release" / "routellm"
STRONG, WEAK = "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"
COLUMNS = {STRONG: "gpt-4-1106-preview", WEAK: "mistralai/Mixtral-8x7B-Instruct-v0.1"}


def questions(benchmark):
    """Those that are not on the benchmark's list of contaminated prompts, in the order of its files."""
    folder = DATA / benchmark
    with open(folder / "contaminated_prompts.jsonl") as lines:
        contaminated = {json.loads(line)["eval_prompt"] for line in lines}
    files = sorted(folder.glob("responses/*.csv")) or [folder / "gsm8k_responses.csv"]
    rows = [row for file in files for row in csv.DictReader(open(file, newline=""))]
    return [
        (row["prompt"], {model: float(row[column] == "True") for model, column in COLUMNS.items()})
        for row in rows
        if row["prompt"] not in contaminated
    ]


def write_outcomes(folder, name, chosen):
    with open(folder / f"{name}.queries.jsonl", "w") as queries:
        for i, (prompt, _) in enumerate(chosen):
            queries.write(json.dumps({"id": f"{name}/{i}", "prompt": prompt}) + "\n")
    path = folder / f"{name}.outcomes.csv"
    with open(path, "w", newline="") as outcomes:
        writer = csv.writer(outcomes)
        writer.writerow(["id", "model", "score"])
        for i, (_, scores) in enumerate(chosen):
            writer.writerows((f"{name}/{i}", model, score) for model, score in scores.items())
    return path


def apgr(scores, gains):
    """Over every distinct score: what `routellm evaluate` calls so."""
    scores, gains = numpy.asarray(scores), numpy.asarray(gains)
    order = numpy.argsort(-scores, kind="stable")
    recovered = numpy.r_[0.0, numpy.cumsum(gains[order])]
    ends = numpy.r_[0, numpy.flatnonzero(numpy.diff(scores[order])) + 1, len(scores)]
    area = (numpy.diff(ends) * (recovered[ends][1:] + recovered[ends][:-1]) / 2).sum()
    return float(area / len(scores) / gains.sum())


def ridge(train, test):
    """The penalty is chosen by cross-validation on the training labels."""
    start, processor = time.perf_counter(), time.process_time()
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    features = vectorizer.fit_transform([prompt for prompt, _ in train])
    gains = numpy.array([scores[STRONG] - scores[WEAK] for _, scores in train])
    fold = numpy.random.default_rng(0).permutation(len(train)) % 5
    errors = {}
    for penalty in (1.0, 3.0, 10.0, 30.0):
        errors[penalty] = 0.0
        for held_out in range(5):
            model = Ridge(alpha=penalty).fit(features[fold != held_out], gains[fold != held_out])
            errors[penalty] += ((model.predict(features[fold == held_out]) - gains[fold == held_out]) ** 2).sum()
    model = Ridge(alpha=min(errors, key=errors.get)).fit(features, gains)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    predicted = model.predict(vectorizer.transform([prompt for prompt, _ in test]))
    return apgr(predicted, [scores[STRONG] - scores[WEAK] for _, scores in test]), seconds, processor


def embed(prompts, model_folder):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "prompts.jsonl").write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts))
        measured([PROGRAM, "embed", "--embedder", "encoder", "--model-dir", model_folder,
                  "--input", folder / "prompts.jsonl", "--out", folder / "vectors.npy"])
        return dict(zip(prompts, numpy.load(folder / "vectors.npy")))


def with_embeddings(folder, labels, rest, pair, train, test, vectors):
    """The APGR of a router that learns from embeddings as well, and what training it took."""
    for name, rows in (("labels", train), ("rest", test)):
        numpy.save(folder / f"{name}.npy", numpy.stack([vectors[prompt] for prompt, _ in rows]))
    router = folder / "embedding.safetensors"
    report, seconds, processor, _ = measured(
        [PROGRAM, "train", "mf", "--outcomes", labels, *pair, "--out", router, "--embeddings", folder / "labels.npy"])
    print(report, file=sys.stderr)
    config = folder / "routellm.yaml"
    config.write_text("models: {strong: {model: openai/gpt-4o, auth: none}}\n"
                      f"routers: {{router: {{type: mf, checkpoint: {router}, prompt_embeddings: {folder}/rest.npy}}}}\n")
    judged = json.loads(measured([PROGRAM, "evaluate", "--dataset", rest, *pair, "--config", config,
                                  "--routers", "router", "--json"])[0])
    figures = {each["name"]: each for each in judged["routers"]}
    return {"embedding": figures["router"]["full_apgr"], "e. seconds": seconds, "e. CPU s": processor}


def run(train, test, vectors):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        labels = write_outcomes(folder, "labels", train)
        rest = write_outcomes(folder, "rest", test)
        router = folder / "own.safetensors"
        pair = ["--strong-model", STRONG, "--weak-model", WEAK]
        report, seconds, processor, memory = measured(
            [PROGRAM, "train", "mf", "--outcomes", labels, *pair, "--out", router])
        evaluate = [PROGRAM, "evaluate", "--dataset", rest, *pair, "--routers", f"own={router}", "mf", "--json",
                    "--write-scores", folder / "scores"]
        figures = {each["name"]: each for each in json.loads(measured(evaluate)[0])["routers"]}
        scores = numpy.loadtxt(next((folder / "scores").glob("*.own.scores.csv")), delimiter=",", skiprows=1)[:, 1]
        gains = [each[STRONG] - each[WEAK] for _, each in test]
        assert abs(apgr(scores, gains) - figures["own"]["full_apgr"]) < 1e-9
        embedding = with_embeddings(folder, labels, rest, pair, train, test, vectors) if vectors else {}
    ridge_apgr, ridge_seconds, ridge_processor = ridge(train, test)
    print(report, file=sys.stderr)
    return {
        "own labels": figures["own"]["full_apgr"], **embedding, "10 bins": figures["own"]["apgr"],
        "default": figures["mf"]["full_apgr"], "length": figures["length"]["full_apgr"], "ridge": ridge_apgr,
        "seconds": seconds, "CPU s": processor, "MB": memory,
        "ridge s": ridge_seconds, "ridge CPU s": ridge_processor,
    }


def show(name, results):
    print(f"\n{name}")
    print("".join(f"{key:>12}" for key in results[0]))
    for result in [*results, {key: statistics.mean(each[key] for each in results) for key in results[0]}]:
        print("".join(f"{value:>12.3f}" for value in result.values()), flush=True)
    print("(the last line: mean)")


def folds(benchmark):
    rows = questions(benchmark)
    order = list(range(len(rows)))
    random.Random(0).shuffle(order)
    for fold in range(5):
        held_out = set(order[fold::5])
        yield ([row for i, row in enumerate(rows) if i not in held_out],
               [row for i, row in enumerate(rows) if i in held_out])


def few():
    rows = questions("mmlu")
    for seed in range(5):
        chosen = set(map(int, (GOLDEN / "splits" / f"mmlu.gold1531.seed{seed}.txt").read_text().split()))
        yield ([row for i, row in enumerate(rows) if i in chosen],
               [row for i, row in enumerate(rows) if i not in chosen])


def main():
    cases = {"mmlu-1531": few, "mmlu-folds": lambda: folds("mmlu"), "gsm8k-folds": lambda: folds("gsm8k")}
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.cases if name not in cases]
    if unknown:
        parser.error(f"there is no case {unknown[0]!r}; there are {', '.join(cases)}")
    for name in arguments.cases or cases:
        splits = list(cases[name]())
        vectors = {}
        if arguments.model_dir:
            vectors = embed(list(dict.fromkeys(prompt for rows in splits[0] for prompt, _ in rows)), arguments.model_dir)
        show(name, [run(train, test, vectors) for train, test in splits])


main()
