"""What cannot work is refused before anything is written, with cause and remedy."""
import pytest

from harness.audit import PROGRAM
from harness.rollout import Before, ended



def refused(kai, namespace, audit, arguments, code, *words):
    ended(kai(*arguments, wrapper=True), code, *words)
    written = audit.writes(namespace=namespace.name, agent=PROGRAM)
    assert written == [], f"written: {written}"


def test_unknown_context_names_the_known_ones(release, kai, namespace, audit):
    refused(kai, namespace, audit, kai.canary("v2", "--context=nowhere"), 3, "nowhere", "bed")


def test_broken_template_is_shown_with_helms_own_words(release, visitors, kai, namespace, audit):
    (namespace.chart / "templates" / "broken.yaml").write_text("{{ .Values.nothing.here.at.all }}\n")
    refused(kai, namespace, audit, kai.canary("v2"), 4, "broken.yaml")


def test_tag_that_reaches_no_image(release, visitors, kai, namespace, audit):
    for file in (namespace.chart / "templates").iterdir():
        file.write_text(file.read_text().replace("$.Values.global.image.tag", '"v1"'))
    refused(kai, namespace, audit, kai.canary("v2"), 4, "v2")


@pytest.mark.parametrize("option", ["--critical-services=", "--canary-time=0"])
def test_empty_and_zero_are_usage_errors(release, kai, namespace, audit, option):
    refused(kai, namespace, audit, kai.canary("v2", option), 2, option.split("=")[0])


def test_unknown_service_names_the_known_ones(release, visitors, kai, namespace, audit):
    refused(kai, namespace, audit, kai.canary("v2", "--critical-services=api-servr"), 4, "did you mean api-server")
