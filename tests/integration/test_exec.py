"""The router exec: a program of the operator's tells the win rates."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest
from harness import BINARY, Gateway, chat_body, pair_config, until

PROGRAM = """
import json, os, sys, time
with open("pid", "w") as file: file.write(str(os.getpid()))
print("ready", file=sys.stderr, flush=True)
for line in sys.stdin:
    question = json.loads(line)
    prompt = question["prompt"]
    if prompt.startswith("crash"): sys.exit(3)
    if prompt.startswith("hang"):
        time.sleep(3600)
    answer = {"id": question["id"], "win_rate": 0.9 if prompt.startswith("s") else 0.1}
    if prompt.startswith("error"): answer = {"id": question["id"], "error": "cannot say"}
    if prompt.startswith("rubbish"): print("rubbish " + prompt, flush=True)
    print(json.dumps(answer), flush=True)
"""


class ExecGateway(Gateway):
    """With a configuration file that stays, beside the program."""

    def __init__(self, folder, upstream, **more):
        (folder / "score.py").write_text(PROGRAM)
        base = pair_config(upstream.base_url, upstream.base_url)
        routes = {"auto": {"router": "mine", "threshold": 0.5, "strong": "strong", "weak": "weak"},
                  "careful": {"router": "mine", "threshold": 0.5, "strong": "strong", "weak": "weak",
                              "when_unscorable": "weak"}}
        self.path = folder / "routellm.yaml"
        self.path.write_text(json.dumps({
            **base, "routers": {"mine": {"type": "exec", "command": ["python3", "score.py"], "timeout": "10s", **more}},
            "routes": routes, "default_route": "auto"}))
        super(Gateway, self).__init__("serve", "--config", str(self.path))
        self.folder = folder
        until(lambda: "router mine: the program says: ready" in self.errors(), "the program runs before it is asked")

    def pid(self):
        return int((self.folder / "pid").read_text())

    def ask(self, text, model="auto"):
        response = self.chat(chat_body(text, model=model))
        assert response.status == 200, response.body
        return response.headers


@pytest.fixture
def gateway(start, upstream, tmp_path):
    return start(ExecGateway, tmp_path, upstream)


def test_the_program_decides(gateway):
    strong, weak = gateway.ask("sun"), gateway.ask("wind")
    assert strong["x-routellm-model"] == "strong" and float(strong["x-routellm-win-rate"]) == 0.9
    assert weak["x-routellm-model"] == "weak" and float(weak["x-routellm-win-rate"]) == 0.1
    decision = gateway.request("POST", "/v1/route", json.dumps({"model": "router-mine-0.95", "prompt": "sun"}).encode())
    assert json.loads(decision.body)["model"] == "weak"
    gateway.ask("sun")
    assert gateway.metric("routellm_evidence_total", source="router:mine", result="got") == 4, "nothing is cached"
    assert gateway.ask("rubbish secret")["x-routellm-model"] == "weak"
    assert "is not JSON" in gateway.errors() and "secret" not in gateway.errors()


def test_many_at_once(gateway):
    results = {}

    def one(i):
        results[i] = gateway.ask(("s" if i % 2 else "w") * (i + 1))["x-routellm-model"]

    threads = [threading.Thread(target=one, args=(i,)) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: "strong" if i % 2 else "weak" for i in range(50)}


def test_a_program_that_ends_is_started_again(gateway):
    first = gateway.pid()
    headers = gateway.ask("crash secret", "careful")
    assert headers["x-routellm-model"] == "weak" and headers["x-routellm-unscored"] == "unavailable"
    until(lambda: gateway.ask("sun", "careful")["x-routellm-model"] == "strong", "it is started again")
    assert gateway.pid() != first
    os.kill(gateway.pid(), signal.SIGKILL)
    until(lambda: "(signal 9)" in gateway.errors(), "its end is noticed")
    until(lambda: gateway.ask("sun", "careful")["x-routellm-model"] == "strong", "it is started again")
    assert "the program has ended (status 3)" in gateway.errors() and "secret" not in gateway.errors()


def test_an_error_of_the_programs(gateway):
    headers = gateway.ask("error", "careful")
    assert headers["x-routellm-model"] == "weak" and headers["x-routellm-unscored"] == "unavailable"
    assert "the program gives no win rate: cannot say" in gateway.errors()


def test_a_program_that_hangs(start, upstream, tmp_path):
    gateway = start(ExecGateway, tmp_path, upstream, timeout="500ms")
    assert gateway.ask("hang", "careful")["x-routellm-unscored"] == "timeout"
    until(lambda: gateway.metric("routellm_evidence_waiting") == 0, "the place is free")
    until(lambda: gateway.ask("sun", "careful").get("x-routellm-win-rate") == "0.900000", "it is started again")
    assert "the program answers nothing" in gateway.errors()


def test_the_program_ends_with_the_gateway(upstream, tmp_path):
    gateway = ExecGateway(tmp_path, upstream)
    pid = gateway.pid()
    os.kill(pid, 0)
    gateway.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_gets_no_files_of_the_gateways(gateway):
    connection = gateway.connect()  # a client that the program must not hold open
    first = gateway.pid()
    gateway.ask("crash", "careful")
    until(lambda: gateway.ask("sun", "careful")["x-routellm-model"] == "strong", "it is started again")
    assert gateway.pid() != first
    assert sorted(os.listdir(f"/proc/{gateway.pid()}/fd")) == ["0", "1", "2"]
    connection.close()


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "score.py").write_text(PROGRAM)
    path = tmp_path / "routellm.yaml"
    path.write_text(json.dumps({"models": {"a": "ollama/a"}, "routers": {
        "mine": {"type": "exec", "command": ["python3", "score.py"]}}}))
    return path


def test_route_calibrate_and_evaluate(file, tmp_path):
    done = run("route", "--config", file, "--router", "mine", input="sun\nwind\nerror\n" * 30)
    assert done.returncode == 1 and "routellm: the program says: ready" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("win_rate") for line in lines] == [0.9, 0.1, None] * 30
    assert "cannot say" in lines[2]["error"]

    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(["sun"] * 30 + ["wind"] * 70) + "\n")
    done = run("calibrate", "--config", file, "--router", "mine", "--strong-model-pct", "0.3", "--input", prompts,
               "--json")
    assert done.returncode == 0, done.stderr
    assert 0.1 < json.loads(done.stdout)["thresholds"][0]["threshold"] <= 0.9

    (tmp_path / "data").mkdir()
    queries = [{"id": f"q{i}", "prompt": f"{'sun' if i % 2 else 'wind'} {i}"} for i in range(100)]
    (tmp_path / "data" / "own.queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries))
    (tmp_path / "data" / "own.outcomes.csv").write_text("id,model,score\n" + "".join(
        f"q{i},big,1\nq{i},small,{1 - i % 2}\n" for i in range(100)))
    done = run("evaluate", "--dataset", tmp_path / "data", "--config", file, "--routers", "mine", "--strong-model",
               "big", "--weak-model", "small", "--write-scores", tmp_path / "scores", "--resamples", "10", "--json")
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "scores" / "dataset.mine.scores.csv").read_text().splitlines()[1:]
    assert [float(row.split(",")[1]) for row in rows] == [0.9 if i % 2 else 0.1 for i in range(100)]


def test_a_program_that_ends_is_an_error_of_the_tool(file):
    done = run("calibrate", "--config", file, "--router", "mine", "--strong-model-pct", "0.3", "--input", "-",
               input="sun\ncrash\nwind\n")
    assert done.returncode == 2, done.stderr
    assert "standard input:2: the program that tells win rates has ended before it answered" in done.stderr


def test_check_config_starts_nothing(file, tmp_path):
    done = run("check-config", file)
    assert done.returncode == 0 and "python3 score.py" in done.stdout, done.stderr
    time.sleep(0.2)
    assert not (tmp_path / "pid").exists()
    file.write_text(file.read_text().replace("python3", "no-such-program"))
    done = run("check-config", file)
    assert done.returncode == 2 and "routers.mine.command (line 1): there is no program no-such-program" in done.stderr
