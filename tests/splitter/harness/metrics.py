"""Figures of the splitter, added up over what they are not asked for by."""
import collections
import re
import urllib.request

SERIES = re.compile(r'([a-z_]+)(?:\{(.*)\})? ([0-9.e+]+)')
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def read_metrics(splitter, **wanted) -> collections.Counter:
    """By name, the sum of the series that have all the `wanted` labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{splitter.metrics_port}/metrics", timeout=20) as reply:
        text = reply.read().decode()
    sums = collections.Counter()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SERIES.fullmatch(line).groups()
        given = dict(LABEL.findall(labels or ""))
        if all(given.get(label) == value for label, value in wanted.items()):
            sums[name] += float(value)
    return sums
