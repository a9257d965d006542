"""What a client is told when its request is at fault."""

import json

import pytest

from harness import Gateway, chat_body, error_of, pair_config, receive_response

MESSAGES = '"messages":[{"role":"user","content":"hi"}]'

BAD_REQUESTS = {
    "empty body": b"",
    "not JSON": b"hello",
    "cut short": b'{"model":"to-weak","messages":[{"role":"user","conte',
    "bytes behind the object": b'{"model":"to-weak",%s} x' % MESSAGES.encode(),
    "not an object": b'["model"]',
    "no messages": b'{"model":"to-weak"}',
    "empty messages": b'{"model":"to-weak","messages":[]}',
    "messages of another type": b'{"model":"to-weak","messages":"hi"}',
    "empty model": b'{"model":"",%s}' % MESSAGES.encode(),
    "no model": b"{%s}" % MESSAGES.encode(),
    "model of another type": b'{"model":7,%s}' % MESSAGES.encode(),
    "two models": b'{"model":"to-weak","model":"to-strong",%s}' % MESSAGES.encode(),
    "invalid UTF-8": b'{"model":"to-weak","messages":[{"role":"user","content":"caf\xe9"}]}',
    "invalid UTF-8 in another field": b'{"model":"to-weak","user":"\xff",%s}' % MESSAGES.encode(),
    "an unescaped control character": b'{"model":"to-weak","messages":[{"role":"user","content":"a\x01b"}]}',
    "nested too deep": b'{"model":"to-weak",%s,"x":%s}' % (MESSAGES.encode(), b"[" * 5000 + b"]" * 5000),
    "threshold over 1": b'{"model":"router-mf-1.5",%s}' % MESSAGES.encode(),
    "threshold below 0": b'{"model":"router-mf--0.1",%s}' % MESSAGES.encode(),
    "threshold that is no number": b'{"model":"router-mf-half",%s}' % MESSAGES.encode(),
    "threshold NaN": b'{"model":"router-mf-nan",%s}' % MESSAGES.encode(),
    "no threshold": b'{"model":"router-mf-",%s}' % MESSAGES.encode(),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_bad_request(gateway, upstream, name):
    before = upstream.stats()["requests"]
    response = gateway.chat(BAD_REQUESTS[name])
    assert response.status == 400, response.body
    assert error_of(response)["type"] == "invalid_request_error"
    assert upstream.stats()["requests"] == before


def test_half_a_surrogate_pair_is_scored_all_the_same(gateway, upstream):
    """JSON allows it, and providers take it: it goes on as it is."""
    body = b'{"model":"to-weak","messages":[{"role":"user","content":"a \\ud83d b"}]}'
    assert gateway.chat(body).status == 200
    assert upstream.requests()[-1][1] == body.replace(b"to-weak", b"upstream-weak")


@pytest.mark.parametrize("name", ["gpt-unknown", "router-nobody-0.5", "TO-WEAK", "to-weak "])
def test_unknown_model(gateway, name):
    response = gateway.chat({**chat_body(), "model": name})
    assert response.status == 404, response.body
    error = error_of(response)
    assert error["code"] == "model_not_found"
    for known in ("to-strong", "to-weak", "auto", "strong", "weak", "router-mf-"):
        assert known in error["message"]


def test_a_hostile_model_name_is_quoted_safely(gateway):
    response = gateway.chat({**chat_body(), "model": 'x"\r\nset-cookie: a=b\u2028' + "y" * 10_000})
    assert response.status == 404
    assert response.headers["set-cookie"] is None
    assert len(response.body) < 5000
    error_of(response)


def test_wrong_path_and_method(gateway):
    for method, target, status in [
        ("GET", "/", 404),
        ("POST", "/v1/completions-of-another-kind", 404),
        ("GET", "/v1/chat/completions/extra", 404),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/chat/completions", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/v1/route", 405),
    ]:
        response = gateway.request(method, target)
        assert response.status == status, (method, target, response.body)
        assert error_of(response)["type"] == "invalid_request_error"
        if status == 405:
            assert response.headers["allow"]


@pytest.fixture(scope="module")
def strict(upstream):
    limits = {
        "max_header": "4KiB",
        "max_body": "10KiB",
        "client_header_timeout": "300ms",
        "client_body_timeout": "300ms",
    }
    server = Gateway(pair_config(upstream.base_url, upstream.base_url, limits))
    yield server
    server.stop()


def test_oversized_body(strict):
    response = strict.chat(chat_body("x" * 20_000))
    assert response.status == 413
    assert error_of(response)["type"] == "invalid_request_error"


def test_oversized_body_is_refused_before_it_is_sent(strict):
    with strict.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999999\r\n\r\n")
        assert receive_response(connection).status == 413


def test_oversized_chunked_body(strict):
    with strict.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        connection.sendall(b"5000\r\n" + b"x" * 0x5000 + b"\r\n0\r\n\r\n")
        response = receive_response(connection)
        assert response.status == 413
        error_of(response)


def test_a_body_of_the_largest_size_passes(strict):
    frame = len(json.dumps(chat_body("")))
    assert strict.chat(chat_body("x" * (10 * 1024 - frame))).status == 200
    assert strict.chat(chat_body("x" * (10 * 1024 - frame + 1))).status == 413


def test_oversized_head(strict):
    for head in (b"x-long: " + b"y" * 8000, b"\r\n".join(b"x-%d: y" % i for i in range(1000))):
        with strict.connect() as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n" + head + b"\r\n\r\n")
            response = receive_response(connection, "GET")
            assert response.status == 431
            error_of(response)


def test_a_client_slow_with_its_head(strict):
    with strict.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost:")
        response = receive_response(connection)
        assert response.status == 408
        error_of(response)
        assert connection.recv(1) == b""


def test_a_client_slow_with_its_body(strict):
    with strict.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        assert receive_response(connection).status == 408
        assert connection.recv(1) == b""


def test_a_client_that_vanishes_within_its_request(strict, upstream):
    before = upstream.stats()["requests"]
    for bytes_sent in (b"POST /v1/chat", b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"):
        with strict.connect() as connection:
            connection.sendall(bytes_sent)
    assert strict.chat(chat_body()).status == 200
    assert upstream.stats()["requests"] == before + 1


def test_too_many_connections(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url, {"max_connections": 2}))
    kept = [gateway.connect() for _ in range(2)]
    for connection in kept:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert receive_response(connection, "GET").status == 200
    with gateway.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        response = receive_response(connection, "GET")
        assert response.status == 503
        error_of(response)
    for connection in kept:
        connection.close()
