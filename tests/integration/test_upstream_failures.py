"""What a client is told when the upstream is at fault."""

import http.client
import json
import socket

import pytest

from harness import Gateway, chat_body, error_of, events_of, nothing_in_flight, pair_config, post_bytes, until


@pytest.fixture(scope="module")
def impatient(upstream):
    limits = {
        "upstream_connect_timeout": "300ms",
        "upstream_first_byte_timeout": "300ms",
        "upstream_stall_timeout": "300ms",
    }
    server = Gateway(pair_config(upstream.base_url, upstream.base_url, limits))
    yield server
    server.stop()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_error_of_the_upstream_is_passed_on_as_it_is(gateway, upstream, status, stream):
    body = chat_body(stream=stream, user=f"mock:status={status};retry-after=7")
    direct = upstream.request("POST", "/v1/chat/completions", json.dumps(body).encode())
    response = gateway.chat(body)
    assert response.status == status
    assert response.body == direct.body
    assert response.headers["content-type"] == direct.headers["content-type"]
    assert response.headers["retry-after"] == "7"
    assert response.headers["x-routellm-model"] == "weak"


@pytest.fixture
def dead_port():
    """A port that refuses connections: it is bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_that_refuses(start, dead_port, stream):
    url = f"http://127.0.0.1:{dead_port}/v1"
    gateway = start(Gateway, pair_config(url, url))
    response = gateway.chat(chat_body(stream=stream))
    assert response.status == 502
    error = error_of(response)
    assert error["type"] == "server_error"
    assert str(dead_port) not in error["message"]


def test_an_upstream_whose_name_does_not_resolve(start):
    url = "http://no-such-host.invalid/v1"
    gateway = start(Gateway, pair_config(url, url))
    response = gateway.chat(chat_body())
    assert response.status == 502
    error_of(response)


@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_that_accepts_and_says_nothing(impatient, stream):
    response = impatient.chat(chat_body(stream=stream, user="mock:stall=0"))
    assert response.status == 504
    assert error_of(response)["type"] == "server_error"


def test_an_upstream_that_never_accepts(start):
    """Its queue of connections is full, so that a connect waits for ever."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        try:
            for _ in range(4):
                waiting.append(socket.socket())
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
            gateway = start(Gateway, pair_config(url, url, {"upstream_connect_timeout": "300ms"}))
            response = gateway.chat(chat_body())
            assert response.status == 504
            error_of(response)
        finally:
            for connection in waiting:
                connection.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("script", [
    "close=0",
    "reset=0",
    "raw=garbage%0D%0A%0D%0A",
    "raw=HTTP/1.1 banana%0D%0A%0D%0A",
    "raw=HTTP/1.1 200 OK%0D%0Acontent-length: 5%0D%0Acontent-length: 6%0D%0A%0D%0Ahello",
    "headers=300000",
])
def test_an_upstream_that_sends_no_usable_head(gateway, script, stream):
    response = gateway.chat(chat_body(stream=stream, user="mock:" + script))
    assert response.status == 502, response.body
    assert error_of(response)["type"] == "server_error"


@pytest.mark.parametrize("script", ["close=2", "reset=2", "length=100000;hang-up"])
def test_an_upstream_that_breaks_within_a_plain_body(gateway, script):
    """The head is on its way by then: the client must see that the body is not whole."""
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        gateway.chat(chat_body(user="mock:" + script))
    assert gateway.chat(chat_body()).status == 200


def test_an_upstream_that_stalls_within_a_plain_body(impatient):
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        impatient.chat(chat_body(user="mock:stall=2"))


@pytest.mark.parametrize("script", ["close=4", "reset=4", "stall=4"])
def test_an_upstream_that_breaks_within_a_stream(impatient, upstream, script):
    """What came is passed on, then an error event, then the stream ends properly."""
    response = impatient.chat(chat_body(stream=True, user="mock:" + script))
    assert response.status == 200
    *passed_on, last = events_of(response.body)
    assert [json.loads(event)["choices"][0]["delta"] for event in passed_on] == [
        {"role": "assistant", "content": ""},
        {"content": "The si"},
        {"content": "mulate"},
    ]
    error = json.loads(last)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "server_error"
    assert error["code"] == ("upstream_timeout" if script == "stall=4" else "upstream_unavailable")


def test_an_upstream_that_breaks_within_an_event(gateway):
    """The broken piece must not run into the error event."""
    half = "HTTP/1.1 200 OK%0D%0Acontent-type: text/event-stream%0D%0Atransfer-encoding: chunked%0D%0A%0D%0A"
    half += "10%0D%0Adata: {%22choices%22:%0D%0A"
    response = gateway.chat(chat_body(stream=True, user="mock:raw=" + half))
    assert response.status == 200
    assert "error" in json.loads(events_of(response.body)[-1])


def test_a_connection_that_went_stale_is_replaced(gateway, upstream):
    """The upstream closes a kept connection just when the next request comes: that one is sent again, once."""
    assert gateway.chat(chat_body(user="mock:stale")).status == 200
    before = upstream.stats()["requests"]
    assert gateway.chat(chat_body()).status == 200
    assert upstream.stats()["requests"] == before + 1


def test_a_connection_that_the_upstream_closed_is_replaced(gateway, upstream):
    for _ in range(5):
        assert gateway.chat(chat_body(user="mock:hang-up")).status == 200


def test_connections_to_the_upstream_are_kept(start, upstream):
    gateway = start(Gateway, pair_config(upstream.base_url, upstream.base_url))
    gateway.chat(chat_body())
    before = upstream.stats()["connections"]
    for name in ("to-weak", "to-strong", "weak"):
        assert gateway.chat({**chat_body(), "model": name}).status == 200
    # One of the connections since is the one that asks for the numbers.
    assert upstream.stats()["connections"] == before + 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_cancels_the_call(gateway, upstream, stream):
    before = upstream.stats()
    with gateway.connect() as connection:
        connection.sendall(post_bytes(chat_body(stream=stream, user="mock:first-token-ms=100000")))
        until(lambda: upstream.stats()["requests"] > before["requests"], "the call has arrived")
    until(lambda: upstream.stats()["aborted"] > before["aborted"], "the call is cancelled")


def test_a_client_that_leaves_within_a_stream_cancels_it(gateway, upstream):
    before = upstream.stats()["aborted"]
    with gateway.connect() as connection:
        connection.sendall(post_bytes(chat_body(stream=True, user="mock:chunks=1000000;token-ms=5")))
        assert connection.recv(100)
    until(lambda: upstream.stats()["aborted"] > before, "the stream is cancelled")
    until(lambda: nothing_in_flight(gateway), "nothing is in flight")
