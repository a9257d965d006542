"""HTTP/1.1 as clients, proxies and attackers speak it."""

import json

import pytest

from harness import chat_body, error_of, nothing_in_flight, receive_response, until

BODY = json.dumps(chat_body()).encode()
POST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"


def exchange(gateway, request, method="POST"):
    with gateway.connect() as connection:
        connection.sendall(request)
        return receive_response(connection, method)


def with_length(body=BODY):
    return b"content-length: %d\r\n\r\n%s" % (len(body), body)


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_connection_is_kept(gateway):
    with gateway.connect() as connection:
        for _ in range(3):
            connection.sendall(POST + with_length())
            assert receive_response(connection).status == 200


def test_a_connection_is_closed_on_request(gateway):
    with gateway.connect() as connection:
        connection.sendall(POST + b"connection: close\r\n" + with_length())
        response = receive_response(connection)
        assert response.status == 200
        assert response.headers["connection"] == "close"
        assert connection.recv(1) == b""


def test_an_error_does_not_end_the_connection(gateway):
    with gateway.connect() as connection:
        connection.sendall(POST + with_length(b'{"model":"nobody","messages":[{"role":"user","content":"x"}]}'))
        assert receive_response(connection).status == 404
        connection.sendall(POST + with_length())
        assert receive_response(connection).status == 200


def test_pipelined_requests_are_answered_in_order(gateway):
    requests = [json.dumps(chat_body(user=f"mock:chunks={n}")).encode() for n in (1, 40, 7)]
    with gateway.connect() as connection:
        connection.sendall(b"".join(POST + with_length(body) for body in requests) + b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        # One buffered reader for all of them, because it reads ahead.
        stream = connection.makefile("rb")
        for n in (1, 40, 7):
            head, body = read_from(stream)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert json.loads(body)["usage"]["completion_tokens"] == n
        assert read_from(stream)[0].startswith(b"HTTP/1.1 200 ")


def read_from(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        assert line, head
        head += line
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return head, stream.read(length)


def test_expect_continue(gateway):
    with gateway.connect() as connection:
        connection.sendall(POST + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(BODY))
        assert connection.recv(len(b"HTTP/1.1 100 Continue\r\n\r\n")) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert receive_response(connection).status == 200


@pytest.mark.parametrize("pieces", [[BODY], [BODY[:1], BODY[1:20], BODY[20:]], [bytes([byte]) for byte in BODY]])
def test_chunked_request_bodies(gateway, upstream, pieces):
    response = exchange(gateway, POST + b"transfer-encoding: chunked\r\n\r\n" + chunked(*pieces))
    assert response.status == 200, response.body
    assert upstream.requests()[-1][1] == BODY.replace(b"to-weak", b"upstream-weak")


def test_chunk_extensions_and_trailers(gateway):
    body = b"%x;name=value\r\n%s\r\n0\r\nx-trailer: y\r\n\r\n" % (len(BODY), BODY)
    assert exchange(gateway, POST + b"transfer-encoding: chunked\r\n\r\n" + body).status == 200


def test_a_request_that_comes_byte_by_byte(gateway):
    with gateway.connect() as connection:
        for byte in POST + with_length():
            connection.sendall(bytes([byte]))
        assert receive_response(connection).status == 200


def test_http_1_0(gateway):
    with gateway.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.0\r\n" + with_length())
        response = receive_response(connection)
        assert response.status == 200
        assert json.loads(response.body)["usage"]
        assert connection.recv(1) == b""


def test_an_http_1_0_client_gets_no_chunks(gateway):
    body = json.dumps(chat_body(stream=True)).encode()
    with gateway.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.0\r\n" + with_length(body))
        response = receive_response(connection)
        assert response.headers["transfer-encoding"] is None
        assert response.body.startswith(b"data: {") and response.body.endswith(b"data: [DONE]\n\n")


def test_head_requests_have_no_body(gateway):
    with gateway.connect() as connection:
        connection.sendall(b"HEAD /health HTTP/1.1\r\nhost: x\r\n\r\n" + POST + with_length())
        assert receive_response(connection, "HEAD").status in (200, 405)


SMUGGLED = b"0\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n"
DISHONEST = {
    "content-length and transfer-encoding": b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n" + SMUGGLED,
    "transfer-encoding and content-length": b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n" + SMUGGLED,
    "two lengths": b"content-length: 4\r\ncontent-length: 5\r\n\r\n12345",
    "a list of lengths": b"content-length: 4, 5\r\n\r\n12345",
    "a signed length": b"content-length: +4\r\n\r\n1234",
    "a negative length": b"content-length: -1\r\n\r\n",
    "a hexadecimal length": b"content-length: 0x4\r\n\r\n1234",
    "a length that overflows": b"content-length: 18446744073709551617\r\n\r\n1",
    "an empty length": b"content-length: \r\n\r\n",
    "an unknown transfer coding": b"transfer-encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunked not last": b"transfer-encoding: chunked, identity\r\n\r\n" + SMUGGLED,
    "two transfer codings": b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n" + SMUGGLED,
    "a space before the colon": b"transfer-encoding : chunked\r\n\r\n" + SMUGGLED,
    "a folded line": b"x-a: b\r\n content-length: 4\r\n\r\n1234",
    "a line without a colon": b"content-length\r\n\r\n",
    "a NUL in a value": b"x-a: b\x00c\r\ncontent-length: 0\r\n\r\n",
    "a bare carriage return": b"x-a: b\rcontent-length: 4\r\n\r\n",
    "a chunk size that is none": b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "a chunk size that overflows": b"transfer-encoding: chunked\r\n\r\n10000000000000001\r\nx",
    "a chunk longer than it says": b"transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", DISHONEST)
def test_a_dishonest_request_ends_the_connection(gateway, name):
    with gateway.connect() as connection:
        connection.sendall(POST + DISHONEST[name])
        response = receive_response(connection)
        assert response.status == 400, response.body
        error_of(response)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("bytes_sent", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",
    b"hello\r\n\r\n",
    b"GET /health\r\n\r\n",
    b"GET  /health HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /health HTTP/1.1 \r\nhost: x\r\n\r\n",
    b"GET /he\x00alth HTTP/1.1\r\nhost: x\r\n\r\n",
])
def test_bytes_that_are_no_request(gateway, bytes_sent):
    with gateway.connect() as connection:
        connection.sendall(bytes_sent)
        response = receive_response(connection, "GET")
        assert response.status == 400
        error_of(response)


def test_other_versions_of_http(gateway):
    for version in (b"HTTP/2.0", b"HTTP/0.9"):
        response = exchange(gateway, b"GET /health %s\r\nhost: x\r\n\r\n" % version, "GET")
        assert response.status in (400, 505)


def test_a_query_does_not_change_the_path(gateway):
    assert gateway.request("GET", "/health?probe=1").status == 200


def test_many_clients_at_once(gateway):
    connections = [gateway.connect() for _ in range(200)]
    for connection in connections:
        connection.sendall(POST + with_length())
    for connection in connections:
        assert receive_response(connection).status == 200
        connection.close()
    until(lambda: nothing_in_flight(gateway), "nothing is in flight")
