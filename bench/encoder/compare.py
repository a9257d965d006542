"""The encoder beside PyTorch, each on one thread, with the same texts of about 128 tokens; vectors are compared first.

compare.py MODEL_DIR [ROUNDS], by a Python that has torch and transformers.
"""

import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch
from transformers import AutoModel, AutoTokenizer

PROGRAM = "build/release/bench/encoder/routellm_encoder_time"
WORDS = ("the model writes a short answer and we count every word of it before noon while two trains leave one station "
         "in the rain because nobody asked which number is prime or why water boils at such heights").split()
TEXTS = 32


def make_texts(tokenizer, rng):
    texts = []
    for _ in range(TEXTS):
        words = []
        while len(tokenizer(" ".join(words))["input_ids"]) < 128:
            words.append(rng.choice(WORDS))
        texts.append(" ".join(words))
    return texts


def torch_round(model, tokenizer, texts, batch):
    rows, start = [], time.perf_counter()
    with torch.inference_mode():
        for i in range(0, len(texts), batch):
            tokens = tokenizer(texts[i:i + batch], padding=True, return_tensors="pt")
            hidden = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            rows.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
    return time.perf_counter() - start, torch.cat(rows).numpy()


def our_round(folder, texts_file, batch, vectors):
    done = subprocess.run([PROGRAM, folder, texts_file, str(batch), "2", vectors], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1]), numpy.load(vectors)  # the first round warms up


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    texts = make_texts(tokenizer, random.Random(1))
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary)
        (path / "texts.txt").write_text("".join(f"{text}\n" for text in texts))
        for batch in (1, 16):
            torch_round(model, tokenizer, texts, batch)
            ours, theirs = [], []
            for _ in range(rounds):  # in turn, so that whatever else the machine does meets both
                taken, mine = our_round(folder, path / "texts.txt", batch, path / "vectors.npy")
                ours.append(taken)
                taken, reference = torch_round(model, tokenizer, texts, batch)
                theirs.append(taken)
                difference = abs(mine - reference).max()
                if difference > 1e-4:
                    sys.exit(f"the vectors differ by {difference}")
            a, b = (statistics.median(times) / TEXTS * 1e3 for times in (ours, theirs))
            print(f"batch {batch:2}: routellm {a:.1f} ms a text, PyTorch {torch.__version__} {b:.1f} ms, ratio {a / b:.2f}, "
                  f"vectors differ by {difference:.1e} at most")


if __name__ == "__main__":
    main()
