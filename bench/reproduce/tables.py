"""Writes results.md and its pictures from what scripts/reproduce has computed.

Usage: tables.py WORK OUT PAPER.csv [--sample N] [--precision P]
"""

import argparse
import csv
import json
import pathlib
import shutil

BENCHMARKS = {
    "mt-bench": ("MT Bench", "by a judge from 1 to 10, mean of two turns"),
    "mmlu": ("MMLU", "right or wrong, five-shot"),
    "gsm8k": ("GSM8K", "right or wrong, eight-shot"),
}
TRAINING = {"votes": "votes", "outcomes": "votes and outcomes"}
ROUTERS = {
    "mf": "mf",
    "sw_ranking": "sw_ranking",
    "bert": "bert head",
    "knn": "knn",
    "score": "score",
    "causal_llm": "causal LLM",
}
SHORT = {"claude-3-opus-20240229": "Claude 3 Opus", "llama-3-8b-instruct": "Llama 3 8B",
         "gpt-4-1106-preview": "GPT-4", "mixtral-8x7b-instruct-v0.1": "Mixtral 8x7B"}


def table(columns, rows):
    """A Markdown table; a column whose heading ends with ":" is set to the right."""
    lines = ["| " + " | ".join(column.rstrip(":") for column in columns) + " |",
             "| " + " | ".join("---:" if column.endswith(":") else "---" for column in columns) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def number(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def with_interval(value, interval, digits):
    if value is None or interval is None:
        return number(value, digits)
    low, high = (number(bound, digits) for bound in interval)
    return f"{value:.{digits}f} [{low}, {high}]"


def figures(router):
    """CPT50, CPT80 and APGR, each with its interval."""
    if router is None:
        return ["–"] * 3
    interval = router["interval95"]
    return [with_interval(router[key], interval[key], digits) for key, digits in
            (("cpt50", 1), ("cpt80", 1), ("apgr", 3))]


class Results:
    def __init__(self, work, paper):
        self.work = work
        with open(paper, encoding="utf-8") as file:
            self.paper = {(row["benchmark"], row["training"], row["router"]): row for row in csv.DictReader(file)}
        self.missing = {}
        for line in (work / "missing.tsv").read_text(encoding="utf-8").splitlines():
            training, router, reason = line.split("\t", 2)
            self.missing[training, router] = reason

    def load(self, name):
        return json.loads((self.work / "evaluations" / f"{name}.json").read_text(encoding="utf-8"))

    def benchmark(self, name):
        """What the evaluations of a benchmark have in common, and its routers by training and name."""
        routers = {}
        for training in TRAINING:
            evaluation = self.load(f"{name}.{training}")
            for router in evaluation["routers"]:
                common = router["name"] in ("random", "length", "built-in")
                routers["none" if common else training, router["name"]] = router
        return evaluation, routers

    def published(self, benchmark, training, router):
        row = self.paper.get((benchmark, training, router), {})
        return [row.get(key) or "–" for key in ("cpt50", "cpt80", "apgr")]

    def benchmark_rows(self, name):
        _, routers = self.benchmark(name)

        def row(training, router, label, data):
            return [data, label, *figures(routers.get((training, router))), *self.published(name, training, router)]

        rows = [row("none", "random", "random", "none"), row("none", "length", "length (longest first)", "none")]
        for training, data in TRAINING.items():
            for router, label in ROUTERS.items():
                known = (training, router) in routers or (name, training, router) in self.paper
                if known or (training, router) in self.missing:
                    rows.append(row(training, router, label, data))
        rows.append(row("none", "built-in", "mf, the built-in default", "[model card](../models/mf.md)"))
        return rows


def benchmark_section(results, name):
    title, quality = BENCHMARKS[name]
    evaluation, _ = results.benchmark(name)
    strong, weak = evaluation["strong"], evaluation["weak"]
    unit = "" if name == "mt-bench" else " %"
    heading = ["training data", "router", "CPT50 %:", "CPT80 %:", "APGR:", "paper: CPT50 %:", "CPT80 %:", "APGR:"]
    pictures = "\n".join(f"![{title}, routers trained on {data}](results/{name}-{training}.svg)"
                         for training, data in TRAINING.items())
    return (f"## {title}\n\n"
            f"{evaluation['prompts']} prompts, {evaluation['contaminated']} more left out because they occur in training data; "
            f"judged {quality}.\n{strong['model']} {strong['quality']:.2f}{unit}, {weak['model']} {weak['quality']:.2f}{unit}.\n\n"
            f"{table(heading, results.benchmark_rows(name))}\n{pictures}\n")


def missing_section(results):
    if not results.missing:
        return ""
    lines = [f"- {ROUTERS[router]} on {TRAINING[training]}: {reason}"
             for (training, router), reason in results.missing.items()]
    return "Not trained in this run, and a row of dashes above:\n\n" + "\n".join(lines) + "\n\n"


def named_pairs_table(results):
    rows, names = [], []
    files = sorted((results.work / "evaluations").glob("pair.*.json"))
    evaluations = [(file.name.split(".")[1], json.loads(file.read_text(encoding="utf-8"))) for file in files]
    for _, evaluation in evaluations:
        names += [router["name"] for router in evaluation["routers"] if router["name"] not in names]
    names = ["random", "length", *(name for name in names if name not in ("random", "length", "built-in")), "built-in"]
    for source, evaluation in sorted(evaluations, key=lambda entry: (entry[1]["strong"]["model"], entry[0])):
        strong, weak = evaluation["strong"], evaluation["weak"]
        known = {router["name"]: router for router in evaluation["routers"]}
        rows.append([f"{SHORT.get(strong['model'], strong['model'])} / {SHORT.get(weak['model'], weak['model'])}", source,
                     str(evaluation["prompts"]), f"{strong['quality']:.1f} / {weak['quality']:.1f}",
                     *(figures(known.get(name))[2] for name in names)])
    headings = [ROUTERS.get(name, name) + ("\\*" if name == "built-in" else "") + ":" for name in names]
    return table(["pair", "source", "queries:", "quality %:", *headings], rows)


def mean_of_sources(rows, name):
    means = [routers[name]["mean_apgr"] for _, _, routers in rows if name in routers]
    return sum(means) / len(means) if len(means) == len(rows) > 0 and None not in means else None


def all_pairs_table(results):
    names, rows = [], []
    for file in sorted((results.work / "evaluations").glob("pairs.*.json")):
        evaluation = json.loads(file.read_text(encoding="utf-8"))
        certain = [pair for pair in evaluation["pairs"] if pair["gap_is_certain"]]
        if not certain:
            continue
        routers = {router["name"]: router for router in evaluation["routers"]}
        names += [name for name in routers if name not in names]
        rows.append((file.name.split(".")[1], len(certain), routers))
    names = ["random", "length", *(name for name in names if name not in ("random", "length", "built-in")), "built-in"]

    def cell(router):
        if router is None or router["mean_apgr"] is None:
            return "–"
        return f"{number(router['mean_apgr'], 3)} ({router['pairs_above_random']}+ {router['pairs_below_random']}−)"

    lines = [[source, str(count), *(cell(routers.get(name)) for name in names)] for source, count, routers in rows]
    lines.append(["**mean of the sources**", "", *(number(mean_of_sources(rows, name), 3) for name in names)])
    headings = [ROUTERS.get(name, name) + ("\\*" if name == "built-in" else "") + ":" for name in names]
    return table(["source", "pairs:", *headings], lines)


def page(results, arguments):
    sample = ""
    if arguments.sample:
        sample = (f"**Of a sample: at most {arguments.sample} queries of each source and benchmark. These figures mean "
                  "nothing but that the command works.**\n\n")
    precision = ""
    if arguments.precision == "int8":
        precision = (" in 8 bits\n  (on the 500 prompts of Arena-Hard the cosine with the vector in single precision is "
                     "0.998 in the mean, 0.996 at least)")
    return f"""# Results: the paper again, with open parts

{sample}The routers of Ong et al., *RouteLLM: Learning to Route LLMs with Preference Data*
([arXiv 2406.18665](https://arxiv.org/abs/2406.18665)), trained on data and with an encoder that anyone can have, beside the
paper's own figures. Written by `scripts/reproduce`; [how to read the figures](guides/evaluation.md#definitions).

- **Embeddings**: all-MiniLM-L6-v2 by `routellm embed`{precision}; the paper's are OpenAI's text-embedding-3-small,
  and its bert router is fine-tuned as a whole, where ours has a trained head on a frozen encoder. Of a prompt 256 tokens
  are seen.
- **Votes**: 15,303 single-turn votes of Chatbot Arena and 29,834 judged games (Arena-Hard, and its Japanese translation,
  each model against one baseline); the paper has 65,000 votes after pruning.
- **Votes and outcomes**: besides, who answered which question how well: 43,000 queries of exams, 3,000 of judged or
  verified instructions. The paper adds 120,000 judge's labels (MT Bench, GSM8K) or MMLU's validation questions (MMLU).
  Prompts that resemble one of the three benchmarks' were taken out of all of these data.
- **Nothing is tuned on these benchmarks.** Every router is trained once, with its trainer's defaults, and every row is
  printed; one exception is told below.
- The interval is of 95 %, a bootstrap over the prompts. – stands for what is not there: a quality that is not reached, a
  figure of the paper that we could not check, or one of ours that does not exist (a causal LLM of 8 billion parameters).

**How the votes were sampled.** They were drawn, for some models, so that half are wins and half losses, and hold few
ties. Win *rates* of those models are the sampler's; how a win depends on the *prompt* is not touched. `mf` gives each
such model an intercept in those votes, which is dropped afterwards. `sw_ranking` has no place for one and leaves these
8,900 votes out. (A first run took them as they are, which put gpt-4-1106-preview into one tier with Mixtral and gave
every prompt the same win rate: the one thing that was changed after a look at a table.) Of votes and outcomes its ten
tiers hold 211 models, and one of them both models of the pair: every prompt gets the same win rate, and the row has
dashes. `bert` and `knn` compare models within the votes as they are. CPT and APGR read only the *order* of the win
rates, which a shift common to all prompts leaves as it is; thresholds do need [calibration](guides/calibration.md).
Where a router looks at the pair alone, it has 172 votes (`knn` on votes); `bert` on votes takes those between models two
of ten tiers apart. `score` needs grades: on votes it has the judged games alone, with GPT-3.5 for the weak model.

{"".join(benchmark_section(results, name) + chr(10) for name in BENCHMARKS)}{missing_section(results)}## Other models

The routers that were trained on votes, unchanged, on models and questions that they have not seen: APGR with its
interval, then over all pairs of a source whose difference is certain, the mean APGR and in how many pairs a router is
certainly better (+) or worse (−) than random. The paper's figures for Claude 3 Opus and Llama 3 8B are of MT Bench, for
which we have no judgements of these models.
\\* The built-in router was trained on these very outcomes: its column tells how well it remembers.
[Its model card](../models/mf.md) has figures on sources that were left out of training.

{named_pairs_table(results)}
{all_pairs_table(results)}"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("paper", type=pathlib.Path)
    parser.add_argument("--sample")
    parser.add_argument("--precision")
    arguments = parser.parse_args()
    results = Results(arguments.work, arguments.paper)
    pictures = arguments.out / "results"
    pictures.mkdir(parents=True, exist_ok=True)
    for name in BENCHMARKS:
        for training in TRAINING:
            shutil.copy(arguments.work / "evaluations" / f"{name}.{training}" / "curves.svg",
                        pictures / f"{name}-{training}.svg")
    (arguments.out / "results.md").write_text(page(results, arguments), encoding="utf-8")
    print(f"  wrote {arguments.out}/results.md and the pictures beside it")


if __name__ == "__main__":
    main()
