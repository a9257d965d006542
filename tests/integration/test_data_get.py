"""`routellm data get`: from a server that misbehaves in every way to files that `evaluate` reads."""

import collections
import functools
import http.server
import os
import pathlib
import signal
import ssl
import subprocess
import threading

import pytest
from harness import BINARY, DEADLINE_S, until

DATA = pathlib.Path(os.environ.get("ROUTELLM_DATA") or pathlib.Path(__file__).parents[2] / ".." / "shared" / "data")
SOURCE = DATA / "benchmarks"
GSM8K = sorted(f"gsm8k/{name}" for name in (
    "contaminated_prompts.jsonl", "gsm8k_responses.csv", "test.jsonl", "train.jsonl"))
BIG = "gsm8k/gsm8k_responses.csv"

pytestmark = pytest.mark.skipif(not SOURCE.is_dir() and not os.environ.get("CI"), reason=f"no {SOURCE}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        path = self.path.removeprefix("/evals/")
        with server.lock:
            server.requests[path].append(self.headers.get("range"))
            fault = server.faults[path].pop(0) if server.faults.get(path) else None
        content = (SOURCE / path).read_bytes()
        if isinstance(fault, int):
            return self.answer(fault, b"no")
        if fault == "corrupt":
            content = content[:-1] + bytes([content[-1] ^ 1])
        start = 0
        if self.headers.get("range") and fault != "corrupt":
            start = int(self.headers["range"].removeprefix("bytes=").removesuffix("-"))
        fields = {"content-range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        cut = len(content) // 2 if fault in ("break off", "stall") else None
        self.answer(206 if start else 200, content[start:], cut, fields)
        if fault == "stall":
            server.stalled.set()
            server.released.wait(DEADLINE_S)

    def answer(self, status, body, cut=None, fields={}):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        self.wfile.flush()
        self.close_connection = cut is not None

    def log_message(self, *arguments):
        pass


class Origin(http.server.ThreadingHTTPServer):
    """Serves the shared copy; `faults` holds for a path what goes wrong at each request in turn."""

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:  # the handshake is left to the connection's thread
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.lock = threading.Lock()
        self.requests = collections.defaultdict(list)  # path: the Range fields
        self.faults = {}
        self.stalled, self.released = threading.Event(), threading.Event()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}/evals"
        threading.Thread(target=functools.partial(self.serve_forever, poll_interval=0.01)).start()

    def stop(self):
        self.released.set()
        self.shutdown()
        self.server_close()


@pytest.fixture
def origin():
    server = Origin()
    yield server
    server.stop()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "benchmarks"


ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def command(benchmark, origin_url, out):
    return [BINARY, "data", "get", benchmark, "--from", origin_url, "--out", str(out)]


def get(benchmark, origin, out, env=None, url=None):
    return subprocess.run(command(benchmark, url or origin.url, out), capture_output=True, text=True, timeout=60,
                          env={**ENVIRONMENT, **(env or {})})


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def assert_right(out, files):
    assert files_in(out) == files
    for name in files:
        assert (out / name).read_bytes() == (SOURCE / name).read_bytes(), name


def test_all_benchmarks_come_once_and_can_be_evaluated(origin, out):
    done = get("all", origin, out)
    assert done.returncode == 0, done.stderr
    source = sorted(path for path in files_in(SOURCE) if "/" in path)
    assert_right(out, source)
    assert "65 of 65 files, 65 of them downloaded" in done.stderr
    assert f"{BIG}  {(SOURCE / BIG).stat().st_size} bytes" in done.stderr
    assert f"routellm evaluate --benchmark mmlu --data-dir {out}" in done.stdout

    origin.requests.clear()
    again = get("all", origin, out)
    assert again.returncode == 0 and not origin.requests
    assert "65 of 65 files, 0 of them downloaded" in again.stderr

    for benchmark in ("mmlu", "gsm8k", "mt-bench"):
        evaluated = subprocess.run([BINARY, "evaluate", "--benchmark", benchmark, "--data-dir", out, "--routers", "mf"],
                                   capture_output=True, text=True, timeout=60)
        assert evaluated.returncode == 0, evaluated.stderr
        assert f"{benchmark}: " in evaluated.stdout


def test_evaluate_finds_the_default_folder(origin, tmp_path):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "ROUTELLM_DATA"}
    run = functools.partial(subprocess.run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    evaluate = [BINARY, "evaluate", "--benchmark", "gsm8k"]
    before = run(evaluate)
    assert before.returncode == 2 and "routellm data get" in before.stderr
    assert run([BINARY, "data", "get", "gsm8k", "--from", origin.url]).returncode == 0
    assert_right(tmp_path / "data" / "benchmarks", GSM8K)
    assert "gsm8k: 1307 queries" in run(evaluate).stdout


def test_a_download_that_breaks_off_goes_on_within_the_run(origin, out):
    origin.faults[BIG] = ["break off"]
    origin.faults[GSM8K[0]] = [503]
    done = get("gsm8k", origin, out)
    assert done.returncode == 0, done.stderr
    assert_right(out, GSM8K)
    half = (SOURCE / BIG).stat().st_size // 2
    assert origin.requests[BIG] == [None, f"bytes={half}-"]


def test_ctrl_c_leaves_what_the_next_run_resumes(origin, out):
    origin.faults[BIG] = ["stall"]
    half = (SOURCE / BIG).stat().st_size // 2
    process = subprocess.Popen(command("gsm8k", origin.url, out), stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert origin.stalled.wait(DEADLINE_S)
    part = out / f"{BIG}.part"
    until(lambda: part.stat().st_size == half, "half of the file is on the disk")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130 and "interrupted" in errors
    assert not (out / BIG).exists()

    origin.requests.clear()
    assert get("gsm8k", origin, out).returncode == 0
    assert origin.requests[BIG] == [f"bytes={half}-"]
    assert_right(out, GSM8K)


@pytest.mark.parametrize("fault", ["corrupt", 404])
def test_a_wrong_or_missing_file_is_named_and_the_others_come(origin, out, fault):
    origin.faults[BIG] = [fault]
    done = get("gsm8k", origin, out)
    assert done.returncode == 1 and done.stdout == ""
    assert f"{origin.url}/{BIG}" in done.stderr
    if fault == "corrupt":
        assert "expected" in done.stderr and "saw" in done.stderr
        assert_right(out, [name for name in GSM8K if name != BIG])
    else:
        assert "404" in done.stderr and not (out / BIG).exists()
    assert "3 of 4 files" in done.stderr
    assert get("gsm8k", origin, out).returncode == 0
    assert_right(out, GSM8K)


def test_a_file_that_was_changed_is_replaced(origin, out):
    assert get("gsm8k", origin, out).returncode == 0
    origin.requests.clear()
    (out / GSM8K[0]).write_text("changed")
    assert get("gsm8k", origin, out).returncode == 0
    assert list(origin.requests) == [GSM8K[0]]
    assert_right(out, GSM8K)


def test_a_folder_that_cannot_be_written_is_named(origin, tmp_path):
    (tmp_path / "file").write_text("")
    done = get("gsm8k", origin, tmp_path / "file")
    assert done.returncode == 1 and str(tmp_path / "file") in done.stderr
    assert not origin.requests
    if os.geteuid() != 0:  # root may write anywhere
        (tmp_path / "read-only").mkdir(mode=0o555)
        done = get("gsm8k", origin, tmp_path / "read-only")
        assert done.returncode == 1 and "read-only" in done.stderr


def test_wrong_usage_is_status_2_and_shows_no_password(origin, out):
    for benchmark, url in [("hellaswag", origin.url), ("gsm8k", "ftp://127.0.0.1/x"), ("gsm8k", "file:///etc"),
                           ("gsm8k", "data"), ("gsm8k", "")]:
        assert get(benchmark, origin, out, url=url or " ").returncode == 2, (benchmark, url)
    assert not origin.requests and not out.exists()
    origin.faults[BIG] = [404]
    secret = get("gsm8k", origin, out, url=origin.url.replace("//", "//user:hunter2@"))
    assert secret.returncode == 1 and "hunter2" not in secret.stderr


def test_a_certificate_is_verified(out, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    origin = Origin(context)
    try:
        refused = get("gsm8k", origin, out)
        assert refused.returncode == 1 and "certificate" in refused.stderr
        assert not origin.requests
        accepted = get("gsm8k", origin, out, env={"SSL_CERT_FILE": str(certificate)})
        assert accepted.returncode == 0, accepted.stderr
        assert_right(out, GSM8K)
    finally:
        origin.stop()
