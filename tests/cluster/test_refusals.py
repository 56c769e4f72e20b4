"""What cannot work is refused before anything is written, with cause and remedy."""
import contextlib
import json

import pytest

from bed import paths, processes
from harness.audit import PROGRAM
from harness.platform import Before
from harness.rollout import start_canary
from stories.running import ended

# Lets dry runs pass: what only the real write meets.
CLONES = "!has(object.metadata.labels) || !('kai-canary.dev/track' in object.metadata.labels)"
DRY = "has(request.dryRun) && request.dryRun"



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


@contextlib.contextmanager
def clones_denied(namespace):
    """An admission policy that denies every clone in the namespace, as long as the block lasts."""
    name = f"no-canary-{namespace.name}"
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
    policy = {**kind, "kind": "ValidatingAdmissionPolicy",
              "spec": {"matchConstraints": {"resourceRules": [rule]}, "failurePolicy": "Fail",
                       "validations": [{"expression": f"({DRY}) || {CLONES}", "message": "no canary here"}]}}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}}
    binding = {**kind, "kind": "ValidatingAdmissionPolicyBinding",
               "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": selector}}}
    for thing in (policy, binding):
        namespace.kubectl("apply", "-f", "-", input=json.dumps(thing))
    try:
        processes.wait_until("the policy to be in force", lambda: is_denied(namespace), 30, every=0.5)
        yield
    finally:
        namespace.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", name)


def is_denied(namespace) -> bool:
    labels = {"app": "probe", "kai-canary.dev/track": "probe"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "none"}]}}
    probe = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe", "labels": labels},
             "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "probe"}}, "template": pod}}
    try:
        namespace.kubectl("create", "-f", "-", input=json.dumps(probe))
    except paths.BedError as error:
        return "no canary here" in str(error)
    namespace.kubectl("delete", "deployment", "probe")
    return False


def test_server_that_refuses_the_canary_says_nothing_about_it(release, visitors, kai, namespace):
    before = Before(namespace, release)
    with clones_denied(namespace):
        ended(start_canary(kai, "v2").wait(), 4, "REFUSED", "no canary here", "before any traffic")
    before.assert_nothing_changed()
