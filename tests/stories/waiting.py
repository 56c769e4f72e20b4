"""Waiting for what happens in other processes."""
import time


class NotYet(Exception):
    """What a condition may raise for "not yet, because"; and what has not come in time."""


def wait_until(what: str, condition, timeout: float = 30, every: float = 0.05):
    """The first true answer of `condition`."""
    end = time.monotonic() + timeout
    last = ""
    while True:
        try:
            answer = condition()
            if answer:
                return answer
        except NotYet as error:
            last = f" (last: {error})"
        if time.monotonic() > end:
            raise NotYet(f"{what}: not within {timeout:g} s{last}")
        time.sleep(every)
