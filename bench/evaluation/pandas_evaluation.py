"""What `routellm evaluate --benchmark mmlu --scores NAME=FILE` computes, with pandas and numpy.

The curve is built as the evaluation program of the Python package builds it, a pass over the table for each threshold;
the bootstrap is vectorised. Usage: pandas_evaluation.py DATA_DIR SCORES RESAMPLES; prints one JSON object.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd

STRONG, WEAK = "gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1"


def load(folder):
    contaminated = set(pd.read_json(folder / "contaminated_prompts.jsonl", lines=True)["eval_prompt"])
    table = pd.concat(pd.read_csv(file) for file in sorted((folder / "responses").glob("*.csv")))
    return table[~table["prompt"].isin(contaminated)].reset_index(drop=True)


def curve(table, scores, bins):
    """Thresholds, shares of strong calls and accuracies in percent, from all strong to all weak."""
    _, edges = pd.qcut(scores, bins, retbins=True, duplicates="drop")
    points = []
    for i, threshold in enumerate(edges):
        strong = scores >= threshold if i < len(edges) - 1 else scores > threshold
        right = table[STRONG].where(strong, table[WEAK])
        points.append((threshold, strong.mean() * 100, right.mean() * 100))
    return np.array(points)


def metrics(points, strong, weak):
    share, quality = points[::-1, 1] / 100, points[::-1, 2]
    auc = np.trapz(quality, share)
    result = {"auc": auc, "apgr": (auc - weak) / (strong - weak)}
    for percent in (20, 50, 80):
        target = weak + percent / 100 * (strong - weak)
        result[f"cpt{percent}"] = np.interp(target, quality, share * 100)
    return result


def intervals(table, all_scores, bins, resamples):
    """95 % intervals of APGR for each router, all routers on the same resamples."""
    generator = np.random.default_rng(0)
    strong, weak = table[STRONG].to_numpy(float), table[WEAK].to_numpy(float)
    levels = []
    for scores in all_scores:
        _, edges = pd.qcut(scores, bins, retbins=True, duplicates="drop")
        levels.append(np.minimum(np.searchsorted(edges, scores, side="right"), len(edges) - 1))
    values = np.empty((resamples, len(all_scores)))
    for number in range(resamples):
        counts = np.bincount(generator.integers(0, len(table), len(table)), minlength=len(table))
        weak_sum, strong_sum = counts @ weak, counts @ strong
        for router, level in enumerate(levels):
            calls = np.cumsum(np.bincount(level, counts)[::-1])
            gains = np.cumsum(np.bincount(level, counts * (strong - weak))[::-1])
            share = np.append(0, calls) / len(table)
            quality = (weak_sum + np.append(0, gains)) / len(table)
            weak_quality, strong_quality = weak_sum / len(table), strong_sum / len(table)
            values[number, router] = (np.trapz(quality, share) - weak_quality) / (strong_quality - weak_quality)
    return np.quantile(values, [0.025, 0.975], axis=0).T


def main():
    folder, file, resamples = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    table = load(folder / "mmlu")
    given = pd.read_csv(file).sort_values("index")["score"].reset_index(drop=True)
    length = table["prompt"].str.len().astype(float)
    random = [pd.Series(np.random.default_rng(seed).random(len(table))) for seed in range(10)]
    strong, weak = table[STRONG].mean() * 100, table[WEAK].mean() * 100
    result = {}
    for name, repetitions in (("given", [given]), ("length", [length]), ("random", random)):
        points = np.mean([curve(table, scores, 10) for scores in repetitions], axis=0)
        result[name] = metrics(points, strong, weak)
    bounds = intervals(table, [given, length, *random], 10, resamples)
    result["given"]["interval"], result["length"]["interval"] = bounds[0].tolist(), bounds[1].tolist()
    json.dump(result, sys.stdout)


main()
