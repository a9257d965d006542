"""`routellm evaluate` beside pandas on all of MMLU: the same answers, and how much sooner.

Usage: scripts/bench evaluation [ROUNDS]. The benchmarks are in $ROUTELLM_DATA/benchmarks (default ../shared/data).
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("ROUTELLM_DATA", ROOT / ".." / "shared" / "data")) / "benchmarks"
PROGRAM = ROOT / "build" / "release" / "routellm"
QUERIES = 14037


def timed(command):
    start = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, json.loads(output)


def check(ours, theirs):
    """Same figures; intervals of other resamples, so nearly the same."""
    routers = {router["name"]: router for router in ours["routers"]}
    for name in ("given", "length"):
        for key in ("auc", "apgr", "cpt20", "cpt50", "cpt80"):
            assert abs(routers[name][key] - theirs[name][key]) < 1e-9, (name, key, routers[name][key], theirs[name][key])
        for one, other in zip(routers[name]["interval95"]["apgr"], theirs[name]["interval"]):
            assert abs(one - other) < 0.01, (name, one, other)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        scores = pathlib.Path(folder) / "scores.csv"
        scores.write_text("index,score\n" + "".join(f"{i},{i * 2654435761 % 2**32}\n" for i in range(QUERIES)))
        evaluate = [PROGRAM, "evaluate", "--benchmark", "mmlu", "--data-dir", DATA, "--compat", "--json"]
        rows = [
            ("with scores from a file", [*evaluate, "--scores", f"given={scores}"], True),
            ("with the built-in router", [*evaluate, "--routers", "mf"], False),
        ]
        pandas = [sys.executable, ROOT / "bench" / "evaluation" / "pandas_evaluation.py", DATA, scores, "1000"]
        times = {name: [] for name, _, _ in rows}
        pandas_times = []
        for _ in range(rounds):
            seconds, theirs = timed(pandas)
            pandas_times.append(seconds)
            for name, command, same_work in rows:
                seconds, ours = timed(command)
                times[name].append(seconds)
                if same_work:
                    check(ours, theirs)
    reference = statistics.median(pandas_times)
    print(f"all of MMLU, {QUERIES} queries, 1000 resamples, load to table; medians of {rounds} rounds")
    print(f"pandas and numpy            {reference:6.2f} s")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:26}  {median:6.2f} s   {reference / median:5.1f} x")


main()
