"""Fixtures of the splitter's tests: the shipped program between real clients and real backends."""
import pathlib
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness.client import Client  # noqa: E402
from harness.program import DEADLINE, Splitter, backend, route, wait_until  # noqa: E402
from harness.recorder import Recorder, answer  # noqa: E402


@pytest.fixture
def make_recorder():
    made = []

    def make(*arguments, **more) -> Recorder:
        made.append(Recorder(*arguments, **more))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture
def make_splitter(tmp_path):
    made = []

    def make(backends, routes, **more) -> Splitter:
        made.append(Splitter(tmp_path, backends, routes, **more))
        return made[-1].start()

    yield make
    for splitter in made:
        splitter.stop()


@pytest.fixture
def recorder(make_recorder):
    return make_recorder()


@pytest.fixture
def splitter(make_splitter, recorder):
    """One route with one backend, the recorder."""
    return make_splitter([backend("stable", recorder.port)], [route({"stable": 1_000_000})])


@pytest.fixture
def hold_request(make_recorder, make_splitter):
    """Starts a splitter with a request at its backend, which answers b"late" once it may go on. Returns the splitter, the
    client that waits, and the event that lets it go on; requests of other clients are answered at once."""
    goes_on = threading.Event()

    def handle(request, *_):
        if request.target == "/held":
            goes_on.wait(DEADLINE)
        return answer(b"late" if request.target == "/held" else b"ok")

    def hold(**more):
        recorder = make_recorder(handle)
        splitter = make_splitter([backend("stable", recorder.port)], [route({"stable": 1_000_000})], **more)
        client = Client(splitter.connect())
        client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: recorder.requests, "the request")
        return splitter, client, goes_on

    yield hold
    goes_on.set()


@pytest.fixture
def client(splitter):
    the_client = Client(splitter.connect())
    yield the_client
    the_client.close()
