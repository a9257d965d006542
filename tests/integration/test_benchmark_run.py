"""`routellm benchmark run`: a model answers a benchmark, from questions to `evaluate`."""

import csv
import http.server
import json
import os
import re
import signal
import subprocess
import threading

import pytest
from harness import BINARY, Mock, until

QUESTIONS = 40
SUBJECTS = [f"subject_{i:02}" for i in range(57)]


class Model:
    """A loopback server; answer(body) gives a text, a status, or a whole (status, headers, bytes)."""

    def __init__(self, answer, usage=True):
        self.bodies = []
        self.keys = []
        self.lock = threading.Lock()
        model = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with model.lock:
                    model.bodies.append(body)
                    model.keys.append(self.headers.get("authorization"))
                    path_ok = self.path == "/v1/chat/completions"
                said = answer(body) if path_ok else 404
                if isinstance(said, str):
                    reply = {"choices": [{"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]}
                    if usage:
                        reply["usage"] = {"prompt_tokens": 100, "completion_tokens": 10}
                    said = (200, {}, json.dumps(reply).encode())
                elif isinstance(said, int):
                    said = (said, {}, json.dumps({"error": {"message": f"no: {said}"}}).encode())
                status, headers, content = said
                try:
                    self.send_response(status)
                    for name, value in {"content-length": str(len(content)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def model():
    servers = []

    def start(answer, **more):
        servers.append(Model(answer, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def data(tmp_path):
    """Small benchmarks of the public layout: sums, letters, and three conversations."""
    folder = tmp_path / "benchmarks"
    for name in ("gsm8k", "mmlu/responses", "mmlu/original/test", "mmlu/original/dev", "mt_bench"):
        (folder / name).mkdir(parents=True)
    for name in ("gsm8k", "mmlu", "mt_bench"):
        lines(folder / name / "contaminated_prompts.jsonl", [])

    lines(folder / "gsm8k" / "train.jsonl",
          [{"question": f"train {i}", "answer": f"so\n#### {i}"} for i in range(10)])
    lines(folder / "gsm8k" / "test.jsonl",
          [{"question": f"{i} and {i} thousands?", "answer": f"#### {i},000"} for i in range(QUESTIONS)])
    with open(folder / "gsm8k" / "gsm8k_responses.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "strong", "weak", "strong_response", "weak_response"])
        for i in range(QUESTIONS):
            writer.writerow([f"{i} and {i} thousands?", True, i % 2 == 0, "yes", "so,\n\"so\""])

    for subject in SUBJECTS:
        with open(folder / "mmlu" / "original" / "test" / f"{subject}_test.csv", "w", newline="") as file:
            csv.writer(file).writerows([[f"{subject} {i}?", "None", "of", "these", "words", "ABCD"[i]] for i in range(4)])
        with open(folder / "mmlu" / "original" / "dev" / f"{subject}_dev.csv", "w", newline="") as file:
            csv.writer(file).writerows([[f"dev {i}?", "w", "x", "y", "z", "B"] for i in range(5)])
        with open(folder / "mmlu" / "responses" / f"mmlu_{subject}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["prompt", "strong", "weak"])
            for i in range(4):
                writer.writerow([f"{subject} {i}?\nA. nan\nB. of\nC. these\nD. words\nAnswer:", True, i == 0])

    lines(folder / "mt_bench" / "question.jsonl", [
        {"question_id": 81, "category": "writing", "turns": ["poem", "shorter"]},
        {"question_id": 101, "category": "math", "turns": ["1+1", "2+2"], "reference": ["two", "four"]},
        {"question_id": 141, "category": "stem", "turns": ["why", "how"], "reference": ["x", "y"]},
    ])
    lines(folder / "mt_bench" / "judgements.jsonl", [
        {"question_id": question, "model": name, "turn": turn, "score": score}
        for question in (81, 101, 141) for name, score in (("strong", 9), ("weak", 5)) for turn in (1, 2)])
    return folder


def command(benchmark, data, endpoint, out, *arguments):
    return [BINARY, "benchmark", "run", benchmark, "--model", "mine", "--endpoint", endpoint, "--out", out,
            "--data-dir", data, *arguments]


def run(*arguments, env=None):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60,
                          env={**os.environ, **(env or {})})


def evaluate(benchmark, data, strong="mine", weak="weak"):
    done = subprocess.run([BINARY, "evaluate", "--benchmark", benchmark, "--data-dir", data, "--strong-model", strong,
                           "--weak-model", weak, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def asked(body):
    """The number in the last question of a GSM8K prompt."""
    return int(re.findall(r"Question: (\d+) and", body["messages"][-1]["content"])[-1])


def right_if(condition):
    return lambda body: f"It is ${asked(body)},000.00." if condition(asked(body)) else "#### -1"


def test_gsm8k_from_questions_to_evaluation(data, model, tmp_path):
    server = model(right_if(lambda i: i % 4 != 0))
    out = tmp_path / "out"
    done = run("gsm8k", data, server.endpoint, out, "--price-input", "1", "--price-output", "2")
    assert done.returncode == 0, done.stderr
    assert "answered 40 of 40 questions: 75.00 % correct" in done.stdout
    assert "40/40 replies" in done.stderr and "4000 + 400 tokens  $0.0048" in done.stderr
    assert not list((out / "gsm8k").glob("partial.json"))
    report = evaluate("gsm8k", out)
    assert report["strong"] == {"model": "mine", "quality": 75}
    assert report["weak"]["quality"] == 50
    assert evaluate("gsm8k", out, strong="strong", weak="mine")["weak"]["quality"] == 75

    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("mine", 0.0, 1024)
    content = body["messages"][0]["content"]
    assert len(body["messages"]) == 1 and content.count("Question: ") == 9 and content.count("#### ") == 8
    assert content.endswith("thousands?\nAnswer:") and "train 7" in content and "train 8" not in content
    with open(out / "gsm8k" / "gsm8k_responses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["mine_response"] == "It is $1,000.00." and rows[1]["weak_response"] == "so,\n\"so\""

    again = run("gsm8k", data, server.endpoint, out)
    assert again.returncode == 0 and len(server.bodies) == QUESTIONS


def test_a_second_model_is_added_beside_the_first(data, model, tmp_path):
    server = model(right_if(lambda i: True))
    out = tmp_path / "out"
    assert run("gsm8k", data, server.endpoint, out).returncode == 0
    lost = run("gsm8k", data, server.endpoint, out, "--name", "second")
    assert lost.returncode == 2 and "'mine', which would be lost" in lost.stderr
    taken = run("gsm8k", out, server.endpoint, out)
    assert taken.returncode == 2 and "answers of 'mine' already" in taken.stderr
    added = run("gsm8k", out, server.endpoint, out, "--name", "second")
    assert added.returncode == 0, added.stderr
    assert evaluate("gsm8k", out, strong="second", weak="mine")["weak"]["quality"] == 100


def test_a_trial_is_partial_and_a_full_run_goes_on(data, model, tmp_path):
    server = model(right_if(lambda i: True))
    out = tmp_path / "out"
    trial = run("gsm8k", data, server.endpoint, out, "--limit", "10")
    assert trial.returncode == 0 and "answered 10 of 40" in trial.stdout and "partial" in trial.stdout
    assert json.loads((out / "gsm8k" / "partial.json").read_text()) == {"questions": 40}
    assert len({asked(body) for body in server.bodies}) == 10
    report = evaluate("gsm8k", out)
    assert report["prompts"] == 10 and report["name"] == "gsm8k (partial: 10 of 40 questions)"
    done = run("gsm8k", data, server.endpoint, out)
    assert done.returncode == 0 and len(server.bodies) == QUESTIONS
    assert not (out / "gsm8k" / "partial.json").exists()
    in_place = run("gsm8k", data, server.endpoint, data, "--limit", "10")
    assert in_place.returncode == 2 and "another --out" in in_place.stderr


def test_an_interrupted_run_goes_on(data, model, tmp_path):
    hold = threading.Event()
    answered = []

    def answer(body):
        if len(answered) >= 12:
            hold.wait(30)
        answered.append(asked(body))
        return right_if(lambda i: True)(body)

    server = model(answer)
    out = tmp_path / "out"
    process = subprocess.Popen(command("gsm8k", data, server.endpoint, out, "--concurrency", "2"),
                               stderr=subprocess.PIPE, text=True)
    journal = out / "runs" / "gsm8k.mine.jsonl"
    until(lambda: journal.exists() and len(journal.read_text().splitlines()) >= 12, "some answers are there")
    second = run("gsm8k", data, server.endpoint, out)
    assert second.returncode == 2 and "another process" in second.stderr
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in errors and str(journal) in errors and "goes on" in errors
    assert not (out / "gsm8k").exists()
    hold.set()
    done_before = len(journal.read_text().splitlines()) - 1
    with open(journal, "a") as file:
        file.write('{"id": "7", "text": "torn')
    server.bodies.clear()
    other = run("gsm8k", data, server.endpoint, out, "--temperature", "0.5")
    assert other.returncode == 2 and "temperature (0.0 there, 0.5 now)" in other.stderr
    done = run("gsm8k", data, server.endpoint, out)
    assert done.returncode == 0, done.stderr
    assert "100.00 % correct" in done.stdout
    assert len(server.bodies) == QUESTIONS - done_before


def test_a_cap_on_cost_stops_and_more_money_goes_on(data, model, tmp_path):
    server = model(right_if(lambda i: True))
    out = tmp_path / "out"
    prices = ["--price-input", "100", "--price-output", "0", "--concurrency", "1"]  # 0.01 USD a reply
    capped = run("gsm8k", data, server.endpoint, out, *prices, "--max-usd", "0.095")
    assert capped.returncode == 1 and "stopped by --max-usd" in capped.stderr
    assert len(server.bodies) == 10 and "answered 10 of 40" in capped.stdout
    assert (out / "gsm8k" / "partial.json").exists()
    same = run("gsm8k", data, server.endpoint, out, *prices, "--max-usd", "0.095")
    assert same.returncode == 1 and len(server.bodies) == 10
    assert "stopped by --max-usd, earlier starts have cost $0.1000" in same.stderr
    assert "answered 10 of 40" in same.stdout
    assert run("gsm8k", data, server.endpoint, out, *prices, "--max-usd", "1").returncode == 0
    assert len(server.bodies) == QUESTIONS


def test_a_cap_needs_prices_and_usage(data, model, tmp_path):
    server = model(right_if(lambda i: True), usage=False)
    out = tmp_path / "out"
    assert "--max-usd needs --price-input" in run("gsm8k", data, server.endpoint, out, "--max-usd", "1").stderr
    prices = ["--price-input", "1", "--price-output", "1"]
    unstated = run("gsm8k", data, server.endpoint, out, *prices, "--max-usd", "1", "--concurrency", "1")
    assert unstated.returncode == 1 and "does not state its usage" in unstated.stderr
    assert len(server.bodies) == 1
    assert run("gsm8k", data, server.endpoint, out, *prices).returncode == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_of_key_model_or_settings_stops_at_once(data, model, tmp_path, status):
    server = model(lambda body: status)
    done = run("gsm8k", data, server.endpoint, tmp_path / "out", "--concurrency", "3", "--api-key-env", "MY_KEY",
               env={"MY_KEY": "secret"})
    assert done.returncode == 1
    assert f"status {status}" in done.stderr and f"no: {status}" in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert len(server.bodies) <= 3 and set(server.keys) == {"Bearer secret"}
    assert not (tmp_path / "out" / "gsm8k").exists()


def test_an_exhausted_quota_is_not_asked_again(data, model, tmp_path):
    refusal = json.dumps({"error": {"message": "pay", "code": "insufficient_quota"}}).encode()
    server = model(lambda body: (429, {}, refusal))
    done = run("gsm8k", data, server.endpoint, tmp_path / "out", "--concurrency", "1")
    assert done.returncode == 1 and "pay" in done.stderr and len(server.bodies) == 1


def test_passing_trouble_is_retried(data, model, tmp_path):
    troubled = set()
    trouble = {3: 429, 5: 500, 7: 503, 9: (429, {"retry-after": "0"}, b"slow down")}

    def answer(body):
        number = asked(body)
        if number in trouble and number not in troubled:
            troubled.add(number)
            return trouble[number]
        return right_if(lambda i: True)(body)

    server = model(answer)
    done = run("gsm8k", data, server.endpoint, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "100.00 % correct" in done.stdout and len(server.bodies) == QUESTIONS + len(trouble)


def test_questions_that_are_refused_are_left_out_and_asked_again(data, model, tmp_path):
    refused = {4, 6}
    garbage = (200, {"content-type": "text/html"}, b"<html>")
    answer = right_if(lambda i: True)
    first = threading.Event()

    def answer_or_not(body):
        if asked(body) in refused:
            first.wait(20)
            return 400 if asked(body) == 4 else garbage
        first.set()
        return answer(body)

    server = model(answer_or_not)
    out = tmp_path / "out"
    done = run("gsm8k", data, server.endpoint, out)
    assert done.returncode == 1 and "2 replies could not be had" in done.stderr
    assert "answered 38 of 40" in done.stdout
    refused.clear()
    assert run("gsm8k", data, server.endpoint, out).returncode == 0
    assert evaluate("gsm8k", out)["prompts"] == QUESTIONS


def test_a_server_that_is_never_of_use_stops_the_run(data, model, tmp_path):
    server = model(lambda body: (200, {}, b"not json"))
    done = run("gsm8k", data, server.endpoint, tmp_path / "out", "--concurrency", "1")
    assert done.returncode == 1 and "10 requests failed one after the other" in done.stderr
    assert len(server.bodies) == 10


def test_a_model_that_says_nothing_of_use_is_wrong_everywhere(data, model, tmp_path):
    said = {0: "", 1: "I cannot say", 2: "<think>12,000"}
    server = model(lambda body: said[asked(body) % 3])
    done = run("gsm8k", data, server.endpoint, tmp_path / "out")
    assert done.returncode == 0
    assert ": 0.00 % correct" in done.stdout and "40 answers could not be read" in done.stdout
    assert "27 answers are empty" in done.stdout
    assert evaluate("gsm8k", tmp_path / "out")["strong"]["quality"] == 0


def test_mmlu_is_asked_behind_its_dev_questions(data, model, tmp_path):
    def answer(body):
        question = body["messages"][0]["content"].split("\n\n")[-1]
        right = "ABCD"[int(re.match(r"subject_\d+ (\d)", question)[1])]
        return "The answer is (B)." if right == "B" else f"**{right}**" if right != "D" else "A or B"

    server = model(answer)
    out = tmp_path / "out"
    mmlu = ["--mmlu-dir", data / "mmlu" / "original"]
    done = run("mmlu", data, server.endpoint, out, *mmlu)
    assert done.returncode == 0, done.stderr
    assert "answered 228 of 228 questions: 75.00 % correct" in done.stdout and "57 answers could not be read" in done.stdout
    content = server.bodies[0]["messages"][0]["content"]
    assert content.count("Answer: B\n\n") == 5 and "A. None\n" in content and "nan" not in content
    assert re.match(r"Multiple-choice questions about subject \d\d\.", content)
    assert evaluate("mmlu", out)["strong"]["quality"] == 75

    trial = run("mmlu", data, server.endpoint, tmp_path / "trial", *mmlu, "--subjects", "subject_03", "--shots", "0")
    assert trial.returncode == 0 and "answered 4 of 228" in trial.stdout
    assert evaluate("mmlu", tmp_path / "trial")["prompts"] == 4
    assert "--mmlu-dir" in run("mmlu", data, server.endpoint, out).stderr


def test_mt_bench_with_a_judge(data, model, tmp_path):
    def answer(body):
        if body["model"] == "mine":
            return f"turn {sum(m['role'] == 'user' for m in body['messages'])} [[10]]"
        shown = body["messages"][1]["content"]
        return "Good [[ok]].\nRating: [[8]]" if "turn=\"2\"" in shown else "Rating: [[6.5]]"

    server = model(answer)
    out = tmp_path / "out"
    done = run("mt-bench", data, server.endpoint, out, "--judge-model", "judge")
    assert done.returncode == 0, done.stderr
    assert "answered 3 of 3 questions: 7.25 judge score" in done.stdout and "12/12 replies" in done.stderr
    report = evaluate("mt-bench", out)
    assert report["strong"]["quality"] == pytest.approx(7.25) and report["weak"]["quality"] == 5

    mine = [body for body in server.bodies if body["model"] == "mine"]
    assert sorted(body["temperature"] for body in mine) == [0.0, 0.0, 0.1, 0.1, 0.7, 0.7]
    second = next(body for body in mine if body["messages"][-1]["content"] == "2+2")
    assert [m["content"] for m in second["messages"]] == ["1+1", "turn 1 [[10]]", "2+2"]
    shown = [body["messages"][1]["content"] for body in server.bodies if body["model"] == "judge"]
    assert sum("<reference" in text for text in shown) == 2
    rows = [json.loads(line) for line in (out / "mt_bench" / "judgements.jsonl").read_text().splitlines()]
    ours = [row for row in rows if row["model"] == "mine"]
    assert len(rows) == 18 and {(row["turn"], row["score"]) for row in ours} == {(1, 6.5), (2, 8)}
    assert all(row["judge"][0] == "judge" and row["judgment"] and row["user_prompt"] for row in ours)

    other = run("mt-bench", data, server.endpoint, out, "--judge-model", "judge2")
    assert other.returncode == 0 and len(server.bodies) == 12 + 6


def test_judgements_without_a_rating_are_asked_for_again(data, model, tmp_path):
    rating = ["no idea"]
    server = model(lambda body: "hm" if body["model"] == "mine" else rating[0])
    out = tmp_path / "out"
    done = run("mt-bench", data, server.endpoint, out, "--judge-model", "judge")
    assert done.returncode == 1 and "no question was answered" in done.stderr and "rating" in done.stderr
    rating[0] = "[[3]]"
    asked_before = len(server.bodies)
    assert run("mt-bench", data, server.endpoint, out, "--judge-model", "judge").returncode == 0
    assert len(server.bodies) == asked_before + 6
    assert evaluate("mt-bench", out)["strong"]["quality"] == 3


def test_the_simulated_upstream_is_a_model_like_any_other(data, start, tmp_path):
    mock = start(Mock)
    done = run("gsm8k", data, mock.base_url, tmp_path / "out", "--limit", "5")
    assert done.returncode == 0 and "answered 5 of 40" in done.stdout


def test_a_request_is_patched(data, model, tmp_path):
    server = model(right_if(lambda i: True))
    patch = '{"max_tokens": null, "temperature": null, "max_completion_tokens": 9}'
    assert run("gsm8k", data, server.endpoint, tmp_path / "out", "--request-patch", patch).returncode == 0
    assert set(server.bodies[0]) == {"model", "messages", "max_completion_tokens"}


@pytest.mark.parametrize("benchmark, arguments, message", [
    ("gsm8k", ["--request-patch", "[]"], "--request-patch"),
    ("gsm8k", ["--subjects", "x"], "--subjects"),
    ("gsm8k", ["--judge-model", "x"], "judge"),
    ("gsm8k", ["--shots", "99"], "too few examples"),
    ("gsm8k", ["--name", "prompt"], "--name"),
    ("gsm8k", ["--name", "x_response"], "--name"),
    ("gsm8k", ["--name", "weak"], "answers of 'weak' already"),
    ("gsm8k", ["--api-key-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE"),
    ("gsm8k", ["--price-input", "1"], "price"),
    ("gsm8k", ["--limit", "0"], "--limit"),
    ("gsm8k", ["--endpoint", "ftp://x"], "http"),
    ("mt-bench", [], "--judge-model"),
    ("arc", [], "arc"),
])
def test_wrong_usage(data, tmp_path, benchmark, arguments, message):
    arguments = [BINARY, "benchmark", "run", benchmark, "--model", "mine", "--data-dir", data, "--out", tmp_path / "out",
                 *(["--endpoint", "http://127.0.0.1:1/v1"] if "--endpoint" not in arguments else []), *arguments]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and message in done.stderr
    assert not (tmp_path / "out" / "gsm8k").exists()
