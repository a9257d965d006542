"""Upstreams behind TLS: certificates are checked."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading

import pytest

from harness import Gateway, chat_body, error_of, pair_config


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority `ca.pem`, and server certificates for localhost and for another host, signed by it."""
    folder = tmp_path_factory.mktemp("tls")
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority")
    for name, host, days in (("good", "localhost", "2"), ("other", "example.com", "2"), ("expired", "localhost", "-1")):
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    return folder


def pump(source, sink):
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tls_in_front_of(port, folder, certificate):
    """A relay that speaks TLS in front of a local port; yields its own port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    listener = socket.create_server(("127.0.0.1", 0))

    def relay(client):
        with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
            with socket.create_connection(("127.0.0.1", port)) as plain:
                answering = threading.Thread(target=pump, args=(plain, secured))
                answering.start()
                pump(secured, plain)
                answering.join()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=relay, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def gateway_config(port, host="localhost"):
    url = f"https://{host}:{port}/v1"
    return pair_config(url, url)


def test_a_trusted_upstream(start, upstream, certificates):
    with tls_in_front_of(upstream.port, certificates, "good") as port:
        gateway = start(Gateway, gateway_config(port), env={"SSL_CERT_FILE": str(certificates / "ca.pem")})
        for stream in (False, True, False):
            body = chat_body(stream=stream, user="mock:chunks=200")
            direct = upstream.request(
                "POST", "/v1/chat/completions", json.dumps({**body, "model": "upstream-weak"}).encode()
            )
            response = gateway.chat(body)
            assert response.status == 200, response.body
            assert response.body == direct.body
        broken = gateway.chat(chat_body(stream=True, user="mock:close=4"))
        assert b'"error"' in broken.body


@pytest.mark.parametrize("certificate, host, trusted", [
    ("good", "localhost", False),
    ("other", "localhost", True),
    ("expired", "localhost", True),
    ("good", "127.0.0.1", True),
])
def test_an_upstream_that_cannot_be_trusted(start, upstream, certificates, certificate, host, trusted):
    before = upstream.stats()["requests"]
    with tls_in_front_of(upstream.port, certificates, certificate) as port:
        env = {"SSL_CERT_FILE": str(certificates / ("ca.pem" if trusted else "other.pem"))}
        gateway = start(Gateway, gateway_config(port, host), env=env)
        response = gateway.chat(chat_body())
        assert response.status == 502
        error_of(response)
    assert upstream.stats()["requests"] == before


def test_an_upstream_that_speaks_no_tls(start):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            with listener.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        gateway = start(Gateway, gateway_config(listener.getsockname()[1]))
        response = gateway.chat(chat_body())
        assert response.status == 502
        error_of(response)
