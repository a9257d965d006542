"""The gateway with routers that need more than the prompt: embeddings from a server or from this machine."""

import json
import os
import socket
import threading
import time

import pytest
from harness import Gateway, Mock, chat_body, error_of, nothing_in_flight, pair_config, until
from scripted import Scripted, embeddings, unused_port
from test_evidence_tools import vector, write_checkpoint

MODEL = os.path.join(os.path.dirname(__file__), "..", "reference", "bert", "model")


def config(upstream, tmp_path, embedder, dimension=2, **more):
    checkpoint = write_checkpoint(tmp_path / "mf.safetensors", dimension=dimension)
    base = pair_config(upstream.base_url, upstream.base_url)
    routers = {"mf": {"checkpoint": str(checkpoint), "embedder": "e"}}
    routes = {"auto": {"router": "mf", "threshold": 0.5, "strong": "strong", "weak": "weak"},
              "careful": {"router": "mf", "threshold": 0.5, "strong": "strong", "weak": "weak",
                          "when_unscorable": "weak"}}
    return {**base, "embedders": {"e": embedder}, "routers": routers, "routes": routes, "default_route": "auto", **more}


def remote(server, **more):
    return {"kind": "remote", "model": "openai/m", "base_url": server.base_url, "auth": "none", "dimensions": 2, **more}


@pytest.fixture
def server():
    scripted = Scripted(embeddings(vector))
    yield scripted
    scripted.stop()


@pytest.fixture
def gateway(start, upstream, tmp_path, server):
    return start(Gateway, config(upstream, tmp_path, remote(server, timeout="500ms")))


def ask(gateway, text, model="auto"):
    response = gateway.chat(chat_body(text, model=model))
    assert response.status == 200, response.body
    return response


def test_a_servers_embedding_decides(gateway, server):
    strong, weak = ask(gateway, "sun"), ask(gateway, "wind")
    assert strong.headers["x-routellm-model"] == "strong" and weak.headers["x-routellm-model"] == "weak"
    assert float(strong.headers["x-routellm-win-rate"]) == pytest.approx(0.952574)
    assert "x-routellm-unscored" not in strong.headers
    assert server.requests == [{"model": "m", "input": ["sun"], "dimensions": 2},
                               {"model": "m", "input": ["wind"], "dimensions": 2}]
    decision = gateway.request("POST", "/v1/route", json.dumps(chat_body("sea", model="router-mf-0.99", id=7)).encode())
    assert json.loads(decision.body)["model"] == "weak" and json.loads(decision.body)["id"] == 7


def test_the_same_prompt_is_asked_for_once(gateway, server):
    for _ in range(3):
        ask(gateway, "sun")
    assert len(server.requests) == 1
    labels = {"source": "embedder:e"}
    assert gateway.metric("routellm_evidence_total", result="cached", **labels) == 2
    assert gateway.metric("routellm_evidence_total", result="got", **labels) == 1
    assert gateway.metric("routellm_evidence_cache_bytes", **labels) > 0
    assert gateway.metric("routellm_evidence_waiting", **labels) == 0


def test_what_another_client_writes_meanwhile_does_not_mix(gateway, server):
    """Requests that wait share a parser."""
    together = threading.Barrier(8)
    plain = server.answer

    def answer(path, body):
        together.wait(10)
        return plain(path, body)

    server.answer = answer
    results = {}

    def one(i):
        text = ("s" if i % 2 else "w") * (i + 1)
        results[i] = ask(gateway, text).headers["x-routellm-model"]

    threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {i: "strong" if i % 2 else "weak" for i in range(8)}


@pytest.mark.parametrize("answer, reason", [
    (lambda path, body: (401, {}), "unavailable"),
    (lambda path, body: (503, {}), "unavailable"),
    (lambda path, body: None, "unavailable"),
    (lambda path, body: b"nonsense\r\n\r\n", "unavailable"),
    (lambda path, body: (200, {"data": []}), "invalid"),
    (lambda path, body: (200, {"data": [{"index": 0, "embedding": [1]}]}), "invalid"),
])
def test_without_an_embedding_the_route_says_who_answers(gateway, server, answer, reason):
    server.answer = answer
    for model, chosen in [("auto", "strong"), ("careful", "weak")]:
        response = ask(gateway, "w", model)
        assert response.headers["x-routellm-model"] == chosen
        assert response.headers["x-routellm-unscored"] == reason
        assert "x-routellm-win-rate" not in response.headers
    assert gateway.metric("routellm_unscored_total", reason=reason) == 2
    assert gateway.metric("routellm_evidence_total", result="failed") == 2
    assert "no win rate, the model is strong" in gateway.errors()


def test_a_failed_attempt_is_made_again_once(gateway, server):
    plain, asked = server.answer, []

    def answer(path, body):
        asked.append(body)
        return None if len(asked) == 1 else plain(path, body)

    server.answer = answer
    assert ask(gateway, "w").headers["x-routellm-model"] == "weak"
    assert len(asked) == 2


def test_a_server_that_does_not_answer_in_time(gateway, server):
    go = threading.Event()
    server.answer = lambda path, body: (go.wait(20), (200, {}))[1]
    begin = time.monotonic()
    response = ask(gateway, "w", "careful")
    assert 0.4 < time.monotonic() - begin < 5
    assert response.headers["x-routellm-unscored"] == "timeout"
    assert gateway.metric("routellm_evidence_total", result="timeout") == 1
    until(lambda: gateway.metric("routellm_evidence_waiting") == 0, "the place is free")
    go.set()


def test_a_server_that_is_not_there(start, upstream, tmp_path, server):
    embedder = {**remote(server), "base_url": f"http://127.0.0.1:{unused_port()}/v1"}
    gateway = start(Gateway, config(upstream, tmp_path, embedder))
    assert ask(gateway, "w", "careful").headers["x-routellm-unscored"] == "unavailable"


def test_more_than_may_wait_are_not_scored(start, upstream, tmp_path, server):
    gateway = start(Gateway, config(upstream, tmp_path, remote(server, max_waiting=1, timeout="20s")))
    go = threading.Event()
    plain = server.answer
    server.answer = lambda path, body: (go.wait(20), plain(path, body))[1]
    results = []
    first = threading.Thread(target=lambda: results.append(ask(gateway, "wait")))
    first.start()
    until(lambda: server.requests, "the first is asked for")
    assert ask(gateway, "other", "careful").headers["x-routellm-unscored"] == "overloaded"
    go.set()
    first.join()
    assert results[0].headers["x-routellm-win-rate"] == "0.047426"
    assert gateway.metric("routellm_evidence_total", result="overloaded") == 1


def test_a_client_that_leaves_ends_the_wait(start, upstream, tmp_path, server):
    gateway = start(Gateway, config(upstream, tmp_path, remote(server, timeout="20s")))
    go = threading.Event()
    server.answer = lambda path, body: (go.wait(20), (200, {}))[1]
    body = json.dumps(chat_body("who leaves", model="auto")).encode()
    for path in ["/v1/chat/completions", "/v1/route"]:
        asked = len(server.requests)
        connection = gateway.connect()
        connection.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        until(lambda: len(server.requests) > asked, "the embedding is asked for")
        connection.close()
        until(lambda: gateway.metric("routellm_evidence_waiting") == 0, "the wait has ended")
    assert gateway.metric("routellm_requests_total", status="499") == 1
    assert gateway.metric("routellm_evidence_total", result="cancelled") == 2
    assert not upstream_called(upstream, "who leaves")
    until(lambda: nothing_in_flight(gateway), "nothing is in flight")
    go.set()


def upstream_called(upstream, text):
    return any(f'"{text}"'.encode() in body for _, body in upstream.requests())


def test_a_stop_ends_the_wait(upstream, tmp_path, server):
    gateway = Gateway(config(upstream, tmp_path, remote(server, timeout="60s"), limits={"shutdown_grace": "200ms"}))
    go = threading.Event()
    server.answer = lambda path, body: (go.wait(20), (200, {}))[1]
    connection = gateway.connect()
    body = json.dumps(chat_body("w", model="auto")).encode()
    connection.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    until(lambda: server.requests, "the embedding is asked for")
    gateway.stop()
    go.set()
    connection.close()


def test_an_encoder_on_this_machine(start, upstream, tmp_path):
    gateway = start(Gateway, config(upstream, tmp_path, {"kind": "encoder", "model_dir": MODEL}, dimension=32))
    first = ask(gateway, "Hello there")
    assert 0 < float(first.headers["x-routellm-win-rate"]) < 1
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(ask(gateway, f"Text {i % 20}"))) for i in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 60 and all("x-routellm-win-rate" in result.headers for result in results)
    total = gateway.metric("routellm_evidence_total", result="got") + gateway.metric("routellm_evidence_total", result="cached")
    assert total == 61


def test_a_router_that_compares_with_many_is_scored_elsewhere(start, upstream, tmp_path):
    """sw_ranking takes milliseconds: not on an event loop."""
    import struct
    battles = tmp_path / "battles.csv"
    names = ["gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"]
    rows = [f"q{i},{names[0]},{names[1]},{'model_a' if i % 3 else 'model_b'}" for i in range(30)]
    battles.write_text("id,model_a,model_b,winner\n" + "\n".join(rows) + "\n")
    data = struct.pack("<60f", *([1.0, 0.5] * 30))
    header = json.dumps({"battles": {"dtype": "F32", "shape": [30, 2], "data_offsets": [0, 240]}}).encode()
    (tmp_path / "battles.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)
    base = config(upstream, tmp_path, {"kind": "hashed", "dimensions": 2})
    base["routers"]["sw_ranking"] = {"battles": str(battles), "embeddings": str(tmp_path / "battles.safetensors"),
                                     "embedder": "e"}
    gateway = start(Gateway, base)
    response = ask(gateway, "Hello", "router-sw_ranking-0.5")
    assert 0.5 < float(response.headers["x-routellm-win-rate"]) < 1
    assert gateway.metric("routellm_evidence_total", source="router:sw_ranking", result="got") == 1
    assert gateway.metric("routellm_evidence_total", source="embedder:e", result="got") == 1


def test_a_key_goes_to_its_server_alone(start, upstream, tmp_path, server):
    key = "sk-for-embeddings"
    embedder = {"kind": "remote", "model": "openai/m", "base_url": server.base_url, "api_key_env": "EMBEDDING_KEY",
                "dimensions": 2}
    gateway = start(Gateway, config(upstream, tmp_path, embedder), env={"EMBEDDING_KEY": key})
    ask(gateway, "sun")
    server.answer = lambda path, body: (401, {"error": {"message": key}})
    ask(gateway, "another")
    assert server.heads[0]["authorization"] == f"Bearer {key}"
    assert key not in gateway.errors() and key.encode() not in gateway.request("GET", "/metrics").body
    assert all(key.encode() not in head for head, _ in upstream.requests())
