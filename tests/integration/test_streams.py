"""Streams under load, and clients that take their time."""

import json
import threading

import pytest

from harness import SANITIZED, chat_body, receive_response


def peak_memory(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's memory is not the program's")
def test_a_slow_reader_holds_back_the_upstream(gateway):
    """200 MB pass through a gateway that never holds more than a fraction of them."""
    body = json.dumps(chat_body(stream=True, user="mock:chunks=3200;chunk-bytes=65536")).encode()
    with gateway.connect() as connection:
        before = peak_memory(gateway.process)
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        received = 0
        ending = b""
        while not ending.endswith(b"0\r\n\r\n"):
            piece = connection.recv(4096 if received < 20_000_000 else 1_000_000)
            assert piece, "the stream broke"
            received += len(piece)
            ending = (ending + piece)[-100:]
        assert received > 200_000_000
        assert peak_memory(gateway.process) - before < 16_000_000


def test_concurrent_streams_do_not_mix(gateway, upstream):
    def body(n):
        return chat_body(stream=True, user=f"mock:chunks={n};token-ms=1;chunk-bytes={n}")

    expected = {
        n: upstream.request("POST", "/v1/chat/completions", json.dumps(body(n)).encode()).body for n in range(20, 60)
    }
    received = {}

    def stream(n):
        received[n] = gateway.chat(body(n)).body

    threads = [threading.Thread(target=stream, args=(n,)) for n in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received == expected


def test_a_kept_connection_after_a_stream(gateway):
    body = json.dumps(chat_body(stream=True)).encode()
    with gateway.connect() as connection:
        for _ in range(3):
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            assert receive_response(connection).body.endswith(b"data: [DONE]\n\n")
