"""`routellm route`: decisions on the command line and in a pipe."""

import json
import subprocess

from harness import BINARY


def route(*arguments, text=""):
    return subprocess.run([BINARY, "route", *arguments], input=text, capture_output=True, text=True, timeout=60)


def test_one_prompt():
    done = route("What is the capital of France?", "--json", "--threshold", "0", "--strong-model", "big")
    decision = json.loads(done.stdout)
    assert done.returncode == 0
    assert decision["model"] == "big"
    assert decision["router"] == "mf"
    assert decision["threshold"] == 0
    assert 0 < decision["win_rate"] < 1
    plain = route("What is the capital of France?", "--threshold", "1", "--weak-model", "small")
    assert "small" in plain.stdout and "win rate" in plain.stdout


def test_lines_and_one_prompt_agree():
    alone = json.loads(route("Why is the sky blue?", "--json").stdout)
    for text in ("Why is the sky blue?\n", '{"prompt": "Why is the sky blue?"}',
                 '{"messages": [{"role": "user", "content": "Why is the sky blue?"}]}'):
        assert json.loads(route(text=text).stdout)["win_rate"] == alone["win_rate"]


def test_many_lines_keep_their_order():
    lines = [json.dumps({"id": f"q{i}", "prompt": "word " * (i % 50 + 1)}) for i in range(50_000)]
    done = route("-", text="\n".join(lines))
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [result["id"] for result in results] == [f"q{i}" for i in range(50_000)]
    assert results[7]["win_rate"] == results[57]["win_rate"]


def test_bad_lines_do_not_stop_the_others():
    done = route(text='first\n{"prompt": \nthird\n')
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [result["id"] for result in results] == [1, 2, 3]
    assert ["error" in result for result in results] == [False, True, False]
    assert "line 2: the line is not a valid JSON object (--format lines" in done.stderr
    assert "line 1" not in done.stderr


def test_a_seed_repeats_the_random_router():
    text = "line\n" * 1000
    first, second, other = (route("--router", "random", "--seed", seed, text=text).stdout for seed in "112")
    assert first == second != other
    assert len({json.loads(line)["win_rate"] for line in first.splitlines()}) == 1000


def test_a_closed_output_is_quiet():
    with subprocess.Popen([BINARY, "route"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        process.stdin.write("line\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.stdout.close()
        process.stdin.write("line\n")
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def test_wrong_usage():
    for arguments in (["x", "--threshold", "1.5"], ["x", "--threshold", "high"], ["x", "--router", "nope"],
                      ["x", "--bogus"], ["x", "y"], ["--format", "csv"], [""], ["x", "--seed", "-1"],
                      ["x", "--max-bytes", "-1"], ["x", "--checkpoint", __file__],
                      ["x", "--strong-model", "gpt-4-0314", "--weak-model", "gpt-4-0314"]):
        done = route(*arguments)
        assert done.returncode == 2, arguments
        assert done.stdout == ""
        assert done.stderr
