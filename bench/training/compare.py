"""Training of the built-in `mf` on everything, and its fit beside scikit-learn and PyTorch on the same features.

Usage: scripts/bench training    (PYTHON names a Python with torch and scikit-learn)

First the real command on $ROUTELLM_DATA (default ../shared/data). Then training_bench prepares the data once, fits the response
model without a tenth of the groups, and hands columns, rows and penalties over. All minimise the same objective on the rows that
are kept: the weighted log loss of

    logit P(success) = ability + f0(x) + a f1(x) + the two levels of the prompt's stratum

where a is the model's ability on the pair's scale, plus the penalties, the one for edits that should not matter among them.
Ours takes one Newton step from the strata's levels, as in training, which ends a little above the least objective. The others go
on until their held-out loss, of f0 and f1 alone as the router uses them, is within 0.0001 of ours or lower, and until their
objective is no higher than ours: the loss is also passed on the way, by functions that are not yet like the answer. The times of
both are printed.

scikit-learn: the columns are changed linearly so that all penalties are alike, C = 1; there is no offset, and the constants of
f0 and f1 take the part of the ability, which is linear in a; a score between 0 and 1 is two rows; `lbfgs` is its default,
`newton-cholesky` the solver for so many rows; iterations are tried in steps of a third. PyTorch: full batches, each prompt's
columns once; Adam in batches of 1,024 prompts was slower. Building the matrices and finding the losses is not counted.

Times are of the processor, in brackets by the clock. All use one core, as ours does; OMP_NUM_THREADS gives the others more.
"""

import json
import os
import pathlib
import tempfile

from measured import measured

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("ROUTELLM_DATA", ROOT / ".." / "shared" / "data"))
BUILD = ROOT / "build" / "release"


def main():
    threads = os.environ.get("OMP_NUM_THREADS", "1")  # threads that wait for each other would cost processor time
    os.environ.update({variable: threads for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        preferences = DATA / "preferences"
        _, wall, cpu, memory = measured([BUILD / "routellm", "train", "mf", "--init", "none", "--outcomes", DATA / "outcomes",
                                         preferences, "--battles", preferences, "--out", folder / "mf.safetensors"])
        print(f"routellm train mf --init none: {cpu:.1f} s ({wall:.1f} s), {memory:.0f} MB", flush=True)
        times = json.loads(measured([BUILD / "bench/training/training_bench", DATA, folder])[0])
        for part in ("abilities", "features"):
            print(f"{part}: {times[part]['cpu']:.2f} s ({times[part]['wall']:.2f} s)")
        import fits  # only now: the peak memory of a child includes that of the process that starts it

        fits.compare(folder, sorted(times["fits"], key=lambda fit: fit["cpu"])[len(times["fits"]) // 2])


main()
