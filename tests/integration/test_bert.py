"""The bert router: classifiers of both families, in the tools and in the gateway."""

import json
import math
import os
import pathlib
import shutil
import subprocess

import pytest
from harness import BINARY, Gateway, Server, chat_body, pair_config

REFERENCE = pathlib.Path(__file__).parent.parent / "reference"
FAMILIES = ["bert_classifier", "xlm_roberta"]


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=os.environ, **options)


def read_expected(family):
    """Texts that are one line, and the win rate that the reference's logits mean."""
    lines = [json.loads(line) for line in (REFERENCE / family / "logits.jsonl").read_text().split("\n") if line]
    lines = [line for line in lines if line["text"].strip() and line["text"].isprintable()]
    return [line["text"] for line in lines], [1 / sum(math.exp(x - line["logits"][0]) for x in line["logits"]) for line in lines]


class GatewayByFlags(Gateway):
    def __init__(self, *flags):
        Server.__init__(self, "serve", *map(str, flags))


def write_json(path, value):
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision, tolerance", [("float", 1e-4), ("int8", 0.01)])
def test_win_rates_are_the_references(family, precision, tolerance):
    texts, expected = read_expected(family)
    assert len(texts) > 25
    done = run("route", "--router", "bert", "--checkpoint", REFERENCE / family / "model", "--precision", precision,
               input="".join(json.dumps({"prompt": text}) + "\n" for text in texts))
    assert done.returncode == 0, done.stderr
    win_rates = [json.loads(line)["win_rate"] for line in done.stdout.splitlines()]
    assert win_rates == pytest.approx(expected, abs=tolerance)


def test_the_gateway_scores_by_its_pool(start, upstream):
    texts, expected = read_expected("xlm_roberta")
    base = pair_config(upstream.base_url, upstream.base_url)
    gateway = start(Gateway, {
        **base, "routers": {"mine": {"type": "bert", "checkpoint": str(REFERENCE / "xlm_roberta" / "model")}},
        "routes": {"auto": {"router": "mine", "threshold": 0.5, "strong": "strong", "weak": "weak"}}, "default_route": "auto"})
    for text, win_rate in list(zip(texts, expected))[:8]:
        response = gateway.chat(chat_body(text, model="auto"))
        assert response.status == 200, response.body
        assert float(response.headers["x-routellm-win-rate"]) == pytest.approx(win_rate, abs=1e-4)
        assert response.headers["x-routellm-model"] == ("strong" if win_rate >= 0.5 else "weak")
    assert gateway.metric("routellm_evidence_total", source="router:mine", result="got") == 8


def test_calibrate_and_evaluate(tmp_path):
    model = REFERENCE / "bert_classifier" / "model"
    config = write_json(tmp_path / "routellm.yaml", {
        "models": {"strong": "ollama/a", "weak": "ollama/b"},
        "routers": {"mine": {"type": "bert", "checkpoint": str(model), "precision": "int8"}}})
    assert run("check-config", config).returncode == 0
    texts, _ = read_expected("bert_classifier")
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
    done = run("calibrate", "--config", config, "--router", "mine", "--strong-model-pct", "0.5", "--input", prompts, "--json")
    assert done.returncode == 0, done.stderr
    assert 0 < json.loads(done.stdout)["thresholds"][0]["threshold"] < 1

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "own.queries.jsonl").write_text("".join(
        json.dumps({"id": f"q{i}", "prompt": text}) + "\n" for i, text in enumerate(texts)))
    (tmp_path / "data" / "own.outcomes.csv").write_text("id,model,score\n" + "".join(
        f"q{i},big,1\nq{i},small,{i % 2}\n" for i in range(len(texts))))
    done = run("evaluate", "--dataset", tmp_path / "data", "--routers", f"mine={model}", "--strong-model", "big",
               "--weak-model", "small", "--json", "--resamples", "10")
    assert done.returncode == 0, done.stderr


def test_the_python_packages_file(start, upstream, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(f"bert:\n    checkpoint_path: {REFERENCE / 'bert_classifier' / 'model'}\n")
    gateway = start(GatewayByFlags, "--config", file, "--routers", "bert", "--strong-model", "a", "--weak-model", "b",
                    "--base-url", upstream.base_url, "--port", "0")
    texts, expected = read_expected("bert_classifier")
    decision = gateway.request("POST", "/v1/route", json.dumps(chat_body(texts[0], model="router-bert-0.5")).encode())
    assert json.loads(decision.body)["win_rate"] == pytest.approx(expected[0], abs=1e-4)


def test_what_is_wrong_is_named(tmp_path):
    done = run("route", "--router", "bert", "x")
    assert done.returncode == 2 and "needs a checkpoint" in done.stderr, done.stderr
    done = run("route", "--router", "bert", "--checkpoint", REFERENCE / "bert" / "model", "x")
    assert done.returncode == 2 and "model.safetensors: has no tensor 'pooler.dense.weight'" in done.stderr, done.stderr
    done = run("route", "--router", "bert", "--checkpoint", REFERENCE / "bert_classifier" / "model", "--embedder", "hashed", "x")
    assert done.returncode == 2 and "it takes no embedder" in done.stderr, done.stderr
    spoilt = tmp_path / "model"
    shutil.copytree(REFERENCE / "xlm_roberta" / "model", spoilt)
    shutil.copy(REFERENCE / "bert" / "model" / "tokenizer.json", spoilt)
    done = run("route", "--router", "bert", "--checkpoint", spoilt, "x")
    assert done.returncode == 2 and "the tokenizer has ids up to 699" in done.stderr, done.stderr
    config = write_json(tmp_path / "routellm.yaml", {
        "models": {"a": "ollama/a"}, "routers": {"bert": {"checkpoint": "nowhere", "precision": "half", "seed": 1}}})
    done = run("check-config", config)
    assert done.returncode == 2
    for said in ["there is no folder", "precision (line 1): must be float or int8", "seed (line 1): does not apply"]:
        assert said in done.stderr, done.stderr


def write_battles(path, count):
    """Models a to l, the earlier the better; only prompts with a number are won."""
    rows = ["prompt,model_a,model_b,winner"]
    for i in range(count):
        a, b = sorted(((i * 7) % 12, (i * 5 + 3) % 12))
        if a == b:
            continue
        prompt = f"compute {i} plus {i * i}" if i % 3 else f"tell me about {'abcdefgh'[i % 8]} kindly"
        winner = ("tie" if i % 10 == 0 else "model_a") if i % 3 else ("model_b" if i % 2 else "model_a")
        rows.append(f"{prompt},m{chr(97 + a)},m{chr(97 + b)},{winner}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("encoder", ["bert", "xlm_roberta"])
def test_a_trained_head_is_a_router(tmp_path, encoder):
    battles, made = write_battles(tmp_path / "battles.csv", 900), tmp_path / "made"
    arguments = ["train", "bert-head", "--battles", battles, "--model-dir", REFERENCE / encoder / "model", "--tiers-apart", "1",
                 "--epochs", "20", "--learning-rate", "0.01"]
    done = run(*arguments, "--out", made)
    assert done.returncode == 0, done.stderr
    assert "held out" in done.stdout and f"wrote {made}" in done.stdout
    config = json.loads((made / "config.json").read_text())
    assert config["id2label"] == {"0": "strong wins", "1": "tie", "2": "weak wins"}
    done = run("route", "--router", "bert", "--checkpoint", made, input="compute 5 plus 25\ntell me about a kindly\n")
    assert done.returncode == 0, done.stderr
    numbers, words = [json.loads(line)["win_rate"] for line in done.stdout.splitlines()]
    assert numbers > words
    again = run(*arguments, "--out", made)
    assert again.returncode == 2 and "exists already" in again.stderr, again.stderr


def test_a_heads_vectors_may_come_from_a_file(tmp_path):
    battles, model = write_battles(tmp_path / "battles.csv", 300), REFERENCE / "bert" / "model"
    queries = [line.split(",")[0] for line in battles.read_text().splitlines()[1:]]
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": query}) + "\n" for query in queries))
    encoder = ["--embedder", "encoder", "--model-dir", model]
    right, wrong = tmp_path / "right.safetensors", tmp_path / "wrong.safetensors"
    assert run("embed", *encoder, "--first-token", "--input", prompts, "--out", right).returncode == 0
    assert run("embed", *encoder, "--input", prompts, "--out", wrong).returncode == 0
    train = ["train", "bert-head", "--battles", battles, "--model-dir", model, "--tiers-apart", "1", "--epochs", "3"]
    done = run(*train, "--embeddings", right, "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert run(*train, "--out", tmp_path / "b").returncode == 0
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "b" / "model.safetensors").read_bytes()
    done = run(*train, "--embeddings", wrong, "--out", tmp_path / "c")
    assert done.returncode == 2 and "not those of the first token" in done.stderr, done.stderr
    done = run(*train, "--strong-model", "ma", "--out", tmp_path / "c")
    assert done.returncode == 2 and "give both" in done.stderr, done.stderr
