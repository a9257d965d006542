"""Upstreams and clients that are within the letter of HTTP, or just outside it."""

import json
import os
import pathlib
import signal
import socket
import time

import pytest

from harness import (DEADLINE_S, SANITIZED, Gateway, chat_body, error_of, events_of, pair_config, post_bytes,
                     receive_response, until)
from scripted import RawServer, read_head, read_request, unused_port

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def behind(start):
    """behind(serve, limits...) is a gateway in front of an upstream of the test's own."""
    servers = []

    def make(serve, **limits):
        servers.append(RawServer(serve))
        return start(Gateway, pair_config(servers[-1].base_url, servers[-1].base_url, limits))

    yield make
    for server in servers:
        server.stop()


@pytest.mark.parametrize("piece", [b"x-more: 1\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"])
def test_the_head_of_an_answer_has_one_limit_of_time(behind, piece):
    def drip(connection, number):
        read_request(connection)
        if piece.startswith(b"x"):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(piece)
            time.sleep(0.1)

    gateway = behind(drip, upstream_first_byte_timeout="500ms")
    response = gateway.chat(chat_body())
    assert response.status == 504
    assert error_of(response)["code"] == "upstream_timeout"


def test_an_early_refusal_is_passed_on_over_a_kept_connection_too(behind):
    def serve(connection, number):
        while True:
            head, body = read_head(connection)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if length > 1_000_000:
                text = b'{"error": "too large"}'
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text))
                # So that the answer is not lost with the rest of the request.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
                return
            while len(body) < length:
                body += connection.recv(65536)
            connection.sendall(OK)

    gateway = behind(serve)
    assert gateway.chat(chat_body()).status == 200
    response = gateway.chat(chat_body("x" * 8_000_000))
    assert response.status == 413
    assert response.body == b'{"error": "too large"}'
    assert gateway.chat(chat_body()).status == 200


@pytest.mark.parametrize("endless", [b"5;" + b"x" * 1000, b"0\r\n" + b"x-trailer: 1\r\n" * 100], ids=["extension", "trailers"])
def test_chunk_framing_without_end_is_cut_off(behind, endless):
    def serve(connection, number):
        read_request(connection)
        connection.sendall(EVENTS + b"9\r\ndata: 1\n\n\r\n" + endless)
        while True:
            connection.sendall(endless[-900:])

    gateway = behind(serve)
    response = gateway.chat(chat_body(stream=True))
    assert json.loads(events_of(response.body)[-1])["error"]["code"] == "upstream_unavailable"
    assert "chunk framing is over 64 KiB" in gateway.errors()


def test_fields_that_concern_a_connection_or_this_gateway_are_not_passed_on(behind):
    seen = []

    def serve(connection, number):
        seen.append(read_request(connection)[0].lower())
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-RouteLLM-Model: theirs\r\n"
                           b"x-kept: 2\r\ncontent-length: 5\r\n\r\n")

    gateway = behind(serve)
    with gateway.connect() as connection:
        connection.sendall(post_bytes(
            chat_body(), "connection: keep-alive\r\nconnection: x-mine\r\nx-mine: secret\r\nx-other: 3\r\n"))
        response = receive_response(connection)
    assert response.status == 204
    assert response.headers["x-kept"] == "2"
    assert response.headers.get_all("x-routellm-model") == ["weak"]
    assert "x-hop" not in response.headers and "content-length" not in response.headers
    assert b"x-other: 3" in seen[0] and b"secret" not in seen[0]


def test_the_body_is_sent_as_json_whatever_the_client_calls_it(gateway, upstream):
    for content_type in ("application/x-www-form-urlencoded", "application/json; charset=utf-8"):
        assert gateway.request("POST", "/v1/chat/completions", json.dumps(chat_body()).encode(),
                               {"content-type": content_type}).status == 200
        head = upstream.requests()[-1][0].lower()
        assert head.count(b"content-type:") == 1
        assert b"content-type: application/json\r\n" in head + b"\r\n"


def leaves(gateway, upstream, sent, later=b""):
    before = upstream.stats()
    with gateway.connect() as connection:
        connection.sendall(sent)
        until(lambda: upstream.stats()["requests"] > before["requests"], "the call has arrived")
        if later:
            connection.sendall(later)
            time.sleep(0.05)
    until(lambda: upstream.stats()["aborted"] > before["aborted"], "the call is cancelled")


def test_a_client_that_leaves_is_noticed_behind_input_that_came_early(gateway, upstream):
    sent = post_bytes(chat_body(user="mock:first-token-ms=100000"))
    leaves(gateway, upstream, sent, b"\r\n")
    leaves(gateway, upstream, sent, b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")


@pytest.mark.parametrize("size", [8191, 8192, 8193])
def test_a_client_that_leaves_is_noticed_whatever_the_size_of_its_request(gateway, upstream, size):
    text = ""
    while len(post_bytes(chat_body(text, user="mock:first-token-ms=100000"))) < size:
        text += "x"
    leaves(gateway, upstream, post_bytes(chat_body(text, user="mock:first-token-ms=100000")))


def test_an_answer_that_the_stop_cuts_off_says_so(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url, {"shutdown_grace": "200ms"}))
    before = upstream.stats()["requests"]
    with gateway.connect() as stream, gateway.connect() as plain:
        stream.sendall(post_bytes(chat_body(stream=True, user="mock:stall=3")))
        plain.sendall(post_bytes(chat_body(user="mock:first-token-ms=100000")))
        until(lambda: upstream.stats()["requests"] == before + 2, "both run")
        gateway.process.send_signal(signal.SIGTERM)
        error = json.loads(events_of(receive_response(stream).body)[-1])["error"]
        assert error["message"] == "the gateway is stopping"
        response = receive_response(plain)
        assert response.status == 503
        assert error_of(response)["message"] == "the gateway is stopping"
    assert gateway.process.wait(DEADLINE_S) == 0


def test_the_gateway_outlives_the_reader_of_its_log(start):
    reader, writer = os.pipe()
    os.close(reader)
    url = f"http://127.0.0.1:{unused_port()}/v1"
    with open(writer, "wb") as errors:
        gateway = start(Gateway, pair_config(url, url), errors=errors)
    for _ in range(2):
        assert gateway.chat(chat_body()).status == 502


def test_an_error_is_json_whatever_the_path_is_made_of(gateway):
    with gateway.connect() as connection:
        connection.sendall(b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n")
        response = receive_response(connection)
    assert response.status == 404
    assert "POST /v1/chat/completions" in error_of(response)["message"]


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps what was freed")
def test_the_memory_of_large_requests_is_given_back(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))

    def resident():
        status = pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    connections = [gateway.connect() for _ in range(4)]
    large = post_bytes(chat_body("x" * 20_000_000))
    small = post_bytes(chat_body())
    before = resident()
    try:
        for connection in connections:
            connection.sendall(large)
            assert receive_response(connection).status == 200
        until(lambda: resident() < before + 30, "it is given back")
        for connection in connections:
            connection.sendall(small)
            assert receive_response(connection).status == 200
    finally:
        for connection in connections:
            connection.close()
