"""Start and stop."""

import signal
import socket
import subprocess

import pytest

from harness import BINARY, DEADLINE_S, Gateway, chat_body, pair_config, post_bytes, receive_response, until


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return False
    except (ConnectionRefusedError, ConnectionResetError):
        return True


def begin_stream(gateway, script):
    connection = gateway.connect()
    connection.sendall(post_bytes(chat_body(stream=True, user="mock:" + script)))
    return connection


@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_a_running_stream_finishes(start, upstream, signal_sent):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))
    before = upstream.stats()["requests"]
    with begin_stream(gateway, "chunks=40;token-ms=20") as connection:
        until(lambda: upstream.stats()["requests"] > before, "the stream runs")
        gateway.process.send_signal(signal_sent)
        until(lambda: refuses(gateway.port), "new connections are refused")
        response = receive_response(connection)
        assert response.body.endswith(b"data: [DONE]\n\n")
        assert connection.recv(1) == b""
    assert gateway.process.wait(DEADLINE_S) == 0


def test_an_idle_connection_does_not_delay_the_end(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))
    with gateway.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert receive_response(connection, "GET").status == 200
        gateway.process.send_signal(signal.SIGTERM)
        assert connection.recv(1) == b""
    assert gateway.process.wait(DEADLINE_S) == 0


def test_the_grace_time_ends(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url, {"shutdown_grace": "200ms"}))
    before = upstream.stats()
    with begin_stream(gateway, "stall=3"):
        until(lambda: upstream.stats()["requests"] > before["requests"], "the stream runs")
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(DEADLINE_S) == 0
    until(lambda: upstream.stats()["aborted"] > before["aborted"], "the call is cancelled")


def test_several_loops(start, upstream):
    config = pair_config(upstream.base_url, upstream.base_url)
    gateway = start(Gateway, {**config, "workers": 4})
    for _ in range(50):
        assert gateway.chat(chat_body()).status == 200
    assert gateway.metric("routellm_requests_total", model="weak") == 50


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_a_taken_port_is_said(upstream):
    result = run("serve", "--port", str(upstream.port), "--strong-model", "ollama/a", "--weak-model", "ollama/b")
    assert result.returncode == 1
    assert str(upstream.port) in result.stderr


def test_wrong_usage():
    for arguments in (["serve", "--no-such-flag"], ["mock-upstream", "--port", "x"], ["no-such-command"], []):
        result = run(*arguments)
        assert result.returncode == 2, arguments
        assert result.stderr


def test_a_word_that_is_no_subcommand_is_named():
    for words, message in ((["bogus"], "'routellm' has no subcommand 'bogus'"),
                           (["train", "bogus"], "'routellm train' has no subcommand 'bogus'"),
                           (["train"], "A subcommand is required")):
        result = run(*words)
        assert result.returncode == 2
        assert message in result.stderr


def test_an_unusable_configuration(tmp_path):
    path = tmp_path / "routellm.yaml"
    path.write_text("models: {a: {model: ollama/x, colour: red}}\nroutes: {r: {router: mf}}\n")
    for command in (["serve", "--config", str(path)], ["check-config", str(path)]):
        result = run(*command)
        assert result.returncode == 2, result.stderr
        assert "models.a.colour" in result.stderr
        assert "routes.r" in result.stderr


def test_help_has_an_example_for_each_subcommand():
    names = ["benchmark", "serve", "route", "models", "calibrate", "train", "data", "contamination", "check-config", "mock-upstream",
             "version"]
    for name in names:
        result = run(name, "--help")
        assert result.returncode == 0
        assert f"routellm {name}" in result.stdout
