"""A chart that makes up values at every render: the canary runs with those that stable has."""
import base64

from harness.platform import Before
from harness.rollout import STEPS, start_canary, wait_for_weight
from stories.running import ended

SECRET = """
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData:
  k: {{ randAlphaNum 24 | quote }}
"""
MORE = "  kind-of-cache: large\n"
VARIABLE = "        env:\n        - name: KEY\n          valueFrom: { secretKeyRef: { name: key, key: k } }\n"


def add_random_secret(namespace, more: str = ""):
    """To the chart; every pod has it as a variable."""
    template = namespace.chart / "templates" / "services.yaml"
    if "name: KEY" not in template.read_text():
        template.write_text(template.read_text().replace("        env:\n", VARIABLE))
    (namespace.chart / "templates" / "key.yaml").write_text(SECRET + more)


def secrets(namespace) -> dict:
    """Password by name of the Secret, of those that hold one."""
    found = {secret["metadata"]["name"]: secret.get("data", {}) for secret in namespace.get("secrets")}
    return {name: base64.b64decode(data["k"]).decode() for name, data in found.items() if "k" in data}


def test_canary_shares_the_password_that_stable_has(release, visitors, kai, namespace):
    add_random_secret(namespace)
    release.upgrade("v1")
    stable = secrets(namespace)
    run = start_canary(kai, "v2", STEPS)
    wait_for_weight(run, namespace, 10)
    assert secrets(namespace) == stable, "a random value is no other version"
    ended(run.wait(), 0, "PROMOTED")


def test_copy_of_a_grown_secret_has_the_password_that_runs(release, visitors, kai, namespace):
    add_random_secret(namespace)
    release.upgrade("v1")
    rotated = base64.b64encode(b"rotated-by-hand").decode()
    namespace.kubectl("patch", "secret", "key", "--type=merge", "-p", f'{{"data":{{"k":"{rotated}"}}}}')
    add_random_secret(namespace, MORE)
    run = start_canary(kai, "v2", STEPS)
    wait_for_weight(run, namespace, 10)
    copies = {name: password for name, password in secrets(namespace).items() if name != "key"}
    assert list(copies.values()) == ["rotated-by-hand"]
    run.signal()
    ended(run.wait(), 20)


def test_nothing_but_a_random_value_is_nothing_to_canary(release, visitors, kai, namespace):
    add_random_secret(namespace)
    release.upgrade("v1")
    before = Before(namespace, release)
    ended(kai(*kai.canary("v1"), wrapper=True), 4, "nothing to canary")
    before.assert_nothing_changed()
