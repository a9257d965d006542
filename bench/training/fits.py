"""Fits the response model by scikit-learn and by PyTorch, and sets times and losses beside ours: see compare.py."""

import sys
import time
import warnings

import numpy as np
import sklearn
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

CLOSE = 1e-4  # of two held-out losses
ALIKE = 0.99  # correlation of probabilities


def load(folder):
    data = {name: np.load(folder / f"{name}.npy") for name in ("columns", "easiness", "discrimination", "strata", "rows",
                                                                   "functions")}
    rows = data.pop("rows")
    data["query"], data["stratum"] = rows[:, 0].astype(int), rows[:, 1].astype(int)
    for at, name in enumerate(("ability", "coordinate", "score", "weight", "held_out"), 2):
        data[name] = rows[:, at].astype(float)
    data["held_out"] = data["held_out"] > 0
    return data


def logits(data, easiness, discrimination):
    functions = data["columns"] @ np.column_stack([easiness, discrimination])
    return data["ability"] + functions[data["query"], 0] + data["coordinate"] * functions[data["query"], 1]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def losses(data, functions):
    """The held-out loss of the functions, and the objective on the other rows with the best levels of the strata for them."""
    plain = logits(data, *functions)
    y, w, a, held_out, kept = data["score"], data["weight"], data["coordinate"], data["held_out"], ~data["held_out"]
    entropy = w * (np.logaddexp(0, plain) - y * plain)
    penalty = sum(each @ data[name] @ each for each, name in zip(functions, ("easiness", "discrimination")))
    strata, (first, second) = data["stratum"], data["strata"].ravel()
    levels = np.zeros((2, strata.max() + 1))

    def sums(of):
        return np.bincount(strata[kept], of[kept], levels.shape[1])

    for _ in range(6):
        p = sigmoid(plain + levels[0, strata] + a * levels[1, strata])
        g, h = w * (y - p), w * p * (1 - p)
        g0, g1 = sums(g) - first * levels[0], sums(g * a) - second * levels[1]
        h00, h01, h11 = sums(h) + first, sums(h * a), sums(h * a * a) + second
        levels += np.array([h11 * g0 - h01 * g1, h00 * g1 - h01 * g0]) / (h00 * h11 - h01 * h01)
    z = plain + levels[0, strata] + a * levels[1, strata]
    fit = (w * (np.logaddexp(0, z) - y * z))[kept].sum()
    penalty += (np.array([first, second]) @ levels**2).sum()
    return float(entropy[held_out].sum() / w[held_out].sum()), float(fit + penalty / 2)


def design(data):
    """The columns of f0, of a f1, and of the strata's levels, such that all penalties are 1/2 the sum of squares."""
    query, stratum, a = data["query"], data["stratum"], data["coordinate"][:, None]
    changes = [np.linalg.inv(np.linalg.cholesky(data[name].astype(float))).T for name in ("easiness", "discrimination")]
    changed = [data["columns"] @ change for change in changes]
    levels = np.eye(stratum.max() + 1)[stratum]
    easiness, discrimination = data["strata"].ravel() ** -0.5
    return np.hstack([changed[0][query], a * changed[1][query], easiness * levels, discrimination * a * levels]), changes


def by_sklearn(data, solver):
    """After ever more iterations, each time from the beginning: iterations, processor and wall seconds, functions."""
    matrix, changes = design(data)
    kept = ~data["held_out"]
    score, weight = data["score"][kept], data["weight"][kept]
    good, bad = score > 0, score < 1
    rows = np.vstack([matrix[kept][good], matrix[kept][bad]]).astype(np.float32)
    labels = np.repeat([1, 0], [good.sum(), bad.sum()])
    weights = np.hstack([(weight * score)[good], (weight * (1 - score))[bad]]).astype(np.float32)
    width = data["columns"].shape[1]
    slope, middle = np.polyfit(data["coordinate"], data["ability"], 1)
    iterations = 1
    while iterations < 2000:
        model = LogisticRegression(C=1.0, solver=solver, max_iter=iterations, tol=1e-7, fit_intercept=False)
        cpu, wall = time.process_time(), time.perf_counter()
        model.fit(rows, labels, sample_weight=weights)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        functions = [change @ model.coef_[0, at * width:(at + 1) * width] for at, change in enumerate(changes)]
        functions[0][-1] -= middle
        functions[1][-1] -= slope
        yield iterations, cpu, wall, functions
        iterations = max(iterations + 1, int(iterations * 1.3))


def by_torch(data):
    """After each iteration of L-BFGS: iterations, processor and wall seconds, functions."""
    kept = ~data["held_out"]
    queries, row_of = np.unique(data["query"][kept], return_inverse=True)
    ability, a, score, weight = (torch.from_numpy(data[name][kept].astype(np.float32))
                                 for name in ("ability", "coordinate", "score", "weight"))
    row_of, stratum = torch.from_numpy(row_of), torch.from_numpy(data["stratum"][kept])
    columns, strata = torch.from_numpy(data["columns"][queries]), torch.from_numpy(data["strata"].ravel())
    penalties = [torch.from_numpy(data[name]) for name in ("easiness", "discrimination")]
    functions = torch.zeros(columns.shape[1], 2, requires_grad=True)
    levels = torch.zeros(int(data["stratum"].max()) + 1, 2, requires_grad=True)
    optimiser = torch.optim.LBFGS([functions, levels], max_iter=1, max_eval=25, history_size=20,
                                  tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        parts = (columns @ functions).index_select(0, row_of) + levels.index_select(0, stratum)
        logit = ability + parts[:, 0] + a * parts[:, 1]
        loss = (weight * (torch.nn.functional.softplus(logit) - score * logit)).sum()
        prior = sum(functions[:, i] @ penalty @ functions[:, i] for i, penalty in enumerate(penalties))
        loss = (loss + (prior + (strata * levels.square()).sum()) / 2) / weight.sum()
        loss.backward()
        return loss

    cpu = wall = 0.0
    for iteration in range(1, 1001):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        optimiser.step(closure)
        cpu, wall = cpu + time.process_time() - cpu_start, wall + time.perf_counter() - wall_start
        yield iteration, cpu, wall, functions.detach().numpy().astype(float).T


def probabilities(data, functions):
    return sigmoid(logits(data, *functions)[data["held_out"]])


def race(name, trace, data, ours, fit):
    """Goes on until both targets have been reached, and says when each was."""
    target, objective = losses(data, ours)
    reached = {}
    for iterations, cpu, wall, functions in trace:
        loss, cost = losses(data, functions)
        if loss <= target + CLOSE:
            reached.setdefault("held-out loss", (iterations, cpu, wall))
        if cost <= objective:
            reached.setdefault("objective", (iterations, cpu, wall))
        if len(reached) == 2:
            break
    else:
        sys.exit(f"{name} did not get as far as ours: {loss:.5f}, {cost:.1f}")
    alike = np.corrcoef(probabilities(data, functions), probabilities(data, ours))[0, 1]
    print(f"{name}: held-out loss {loss:.5f}, objective {cost:.1f}, correlation of probabilities with ours {alike:.4f}")
    if alike < ALIKE:
        sys.exit("the answers differ")
    for what, (iterations, cpu, wall) in reached.items():
        print(f"  {what:<14} {iterations:>4} iterations {cpu:>7.2f} s ({wall:.2f} s): {cpu / fit['cpu']:.1f} times ours "
              f"({wall / fit['wall']:.1f})", flush=True)


def compare(folder, fit):
    warnings.simplefilter("ignore", ConvergenceWarning)
    data = load(folder)
    ours = data["functions"]
    print(f"\n{(~data['held_out']).sum()} rows of {len(data['columns'])} prompts, {data['held_out'].sum()} more held out; "
          f"{torch.get_num_threads()} thread(s), scikit-learn {sklearn.__version__}, PyTorch {torch.__version__}")
    alone, _ = losses(data, np.zeros_like(ours))
    loss, objective = losses(data, ours)
    print(f"ours, one Newton step on one core: held-out loss {loss:.5f} (of abilities alone {alone:.5f}), objective "
          f"{objective:.1f}, {fit['cpu']:.2f} s ({fit['wall']:.2f} s)")
    if loss > alone - 0.01:
        sys.exit("nothing was learnt from the prompts")
    race("scikit-learn, newton-cholesky", by_sklearn(data, "newton-cholesky"), data, ours, fit)
    race("PyTorch, L-BFGS", by_torch(data), data, ours, fit)
    race("scikit-learn, lbfgs", by_sklearn(data, "lbfgs"), data, ours, fit)
