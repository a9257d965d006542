"""The encoder beside PyTorch and ONNX Runtime, each on one thread, with the same texts of about 128 tokens; vectors are
compared first. Times are the processor's, so that what else the machine does counts as little as can be.

compare.py MODEL_DIR [ROUNDS], by a Python that has torch and transformers; ONNX Runtime takes part if onnxruntime, onnx
and onnxscript are there.
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
TEXTS = 16
MOST_DIFFERENCE = 1e-4  # of a number of two vectors in single precision
LEAST_COSINE = 0.99  # of a vector in 8 bits and the reference's


def make_texts(tokenizer, rng):
    texts = []
    for _ in range(TEXTS):
        words = []
        while len(tokenizer(" ".join(words))["input_ids"]) < 128:
            words.append(rng.choice(WORDS))
        texts.append(" ".join(words))
    return texts


class Torch:
    name = f"PyTorch {torch.__version__}"

    def __init__(self, model):
        self.model = model

    def __call__(self, tokens):
        with torch.inference_mode():
            return self.model(**tokens).last_hidden_state


class OnnxRuntime:
    def __init__(self, model, tokenizer, path):
        import onnxruntime

        tokens = tokenizer(["one text", "another text of more words"], padding=True, return_tensors="pt")
        keys = list(tokens.keys())
        torch.onnx.export(model, (), str(path), kwargs=dict(tokens), input_names=keys, output_names=["hidden"], dynamo=True,
                          dynamic_shapes={key: {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens")} for key in keys})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.name = f"ONNX Runtime {onnxruntime.__version__}"
        self.inputs = {node.name for node in self.session.get_inputs()}

    def __call__(self, tokens):
        feed = {key: value.numpy() for key, value in tokens.items() if key in self.inputs}
        return torch.from_numpy(self.session.run(None, feed)[0])


def their_round(encode, tokenizer, texts, batch):
    rows, start = [], time.process_time()
    for i in range(0, len(texts), batch):
        tokens = tokenizer(texts[i:i + batch], padding=True, return_tensors="pt")
        hidden = encode(tokens)
        mask = tokens["attention_mask"].unsqueeze(-1)
        rows.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
    return time.process_time() - start, torch.cat(rows).numpy()


def our_round(folder, precision, texts_file, batch, vectors):
    done = subprocess.run([PROGRAM, folder, precision, texts_file, str(batch), "2", vectors], check=True, capture_output=True,
                          text=True)
    return float(done.stdout.split()[-1]), numpy.load(vectors), done.stdout.splitlines()[0]  # the first round warms up


def compare(folder, others, tokenizer, texts, path, batch, rounds):
    times = {name: [] for name in ["float", "int8", *(other.name for other in others)]}
    for other in others:
        their_round(other, tokenizer, texts, batch)
    for _ in range(rounds):  # in turn, so that whatever else the machine does meets all
        for other in others:
            taken, reference = their_round(other, tokenizer, texts, batch)
            times[other.name].append(taken)
        for precision in ("float", "int8"):
            taken, mine, kernels = our_round(folder, precision, path / "texts.txt", batch, path / "vectors.npy")
            times[precision].append(taken)
            difference, cosine = abs(mine - reference).max(), (mine * reference).sum(1).min()
            if precision == "float":
                exact = difference
            if (precision == "float" and difference > MOST_DIFFERENCE) or cosine < LEAST_COSINE:
                sys.exit(f"in {precision} the vectors differ by {difference}, the least cosine is {cosine}")
    milliseconds = {name: statistics.median(taken) / TEXTS * 1e3 for name, taken in times.items()}
    best = min(milliseconds[other.name] for other in others)
    print(f"batch {batch:2} ({kernels}): " + ", ".join(
        f"{name} {value:.1f} ms (x {best / value:.2f})" for name, value in milliseconds.items()) +
        f"; vectors differ by {exact:.1e} at most, in int8 the least cosine is {cosine:.4f}", flush=True)


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    texts = make_texts(tokenizer, random.Random(1))
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary)
        others = [Torch(model)]
        try:
            others.append(OnnxRuntime(model, tokenizer, path / "model.onnx"))
        except Exception as error:  # whatever an exporter may lack
            print(f"without ONNX Runtime: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)
        (path / "texts.txt").write_text("".join(f"{text}\n" for text in texts))
        print("processor time a text, and how many times as fast as the faster of the references", flush=True)
        for batch in (1, 16):
            compare(folder, others, tokenizer, texts, path, batch, rounds)


if __name__ == "__main__":
    main()
