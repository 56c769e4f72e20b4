"""What our Kubernetes client makes of a real API server: outcomes, patches, watches, leases.

Drives `kubeapi_contract` (src/kubeapi), one process per test; each command is a line of JSON.
"""
import json
import subprocess
import time

import pytest
from bed import paths, processes


class Api:
    def __init__(self, namespace, *arguments):
        self.namespace = namespace
        program = paths.built_program("kubeapi_contract", "KAI_KUBEAPI_CONTRACT")
        self.process = subprocess.Popen([str(w) for w in namespace.bed.control_plane.command(program, *arguments)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, do: str, kind: str = "ConfigMap", name: str = "one", **more):
        command = {"do": do, "kind": kind, "name": name, "namespace": self.namespace.name, **more}
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"kubeapi_contract ended with {self.process.wait(5)} at: {command}"
        return json.loads(line)

    def create(self, data=None, name="one", labels=None, **more):
        metadata = {"name": name, "namespace": self.namespace.name, "labels": labels or {}}
        answer = self("create", name=name, object={"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {}}, **more)
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


@pytest.fixture
def make_api(namespace):
    started = []

    def make(*arguments) -> Api:
        started.append(Api(namespace, *arguments))
        return started[-1]

    yield make
    for api in started:
        api.end()


@pytest.fixture
def api(make_api):
    return make_api()


def test_version_is_told(api):
    assert api("version")["version"].startswith("v1.")


def test_a_second_create_finds_the_first(api):
    assert api.create()["outcome"] == "done"
    assert api.create()["outcome"] == "already_exists"


def test_a_write_with_an_old_version_is_a_conflict(api):
    old = api.create({"a": "1"})["object"]
    assert api("replace", object={**old, "data": {"a": "2"}})["outcome"] == "done"
    assert api("replace", object={**old, "data": {"a": "3"}})["outcome"] == "conflict"
    assert api("get")["object"]["data"] == {"a": "2"}


def test_absence_is_an_answer(api):
    assert api("get") == {"object": None}
    assert api("remove")["outcome"] == "not_found"
    assert api("get", kind="Nothing", apiVersion="example.org/v1")["kind"] == "no_data"


def test_a_deletion_spares_a_namesake(api):
    uid = api.create()["object"]["metadata"]["uid"]
    assert api("remove", uid="11111111-2222-3333-4444-555555555555")["outcome"] == "conflict"
    assert api("remove", uid=uid)["outcome"] == "done"


def test_a_failed_test_of_a_json_patch_is_a_conflict_and_bad_data_is_not(api):
    api.create({"a": "1"})
    patch = lambda *operations: api("patch", patch="json", body=json.dumps(operations))  # noqa: E731
    held = {"op": "test", "path": "/data/a", "value": "1"}
    assert patch(held, {"op": "replace", "path": "/data/a", "value": "2"})["outcome"] == "done"
    assert patch(held, {"op": "replace", "path": "/data/a", "value": "3"})["outcome"] == "conflict"
    assert patch({"op": "add", "path": "/data/x/y/z", "value": "3"})["outcome"] == "conflict"
    assert patch({"op": "replace", "path": "/metadata/resourceVersion", "value": "1"})["outcome"] == "conflict"
    bad = patch({"op": "add", "path": "/data/in~1valid", "value": "3"})
    assert bad["outcome"] == "refused" and "data[in/valid]" in bad["message"], bad
    assert api("get")["object"]["data"] == {"a": "2"}


def test_yaml_is_applied_as_it_is_and_a_dry_run_changes_nothing(api):
    body = "# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: 'yes'}\n"
    assert api("patch", patch="apply", body=body, dryRun=True, strict=True)["outcome"] == "done"
    assert api("get")["object"] is None
    assert api("patch", patch="apply", body=body)["outcome"] == "done"
    assert api("get")["object"]["data"] == {"a": "yes"}


def test_applying_over_another_manager_names_it_and_its_field(api):
    body = lambda value: json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": value}})  # noqa: E731
    assert api("patch", patch="apply", body=body("1"), fieldManager="first")["outcome"] == "done"
    lost = api("patch", patch="apply", body=body("2"), fieldManager="second")
    assert lost["outcome"] == "conflict" and "first" in lost["message"] and ".data.a" in lost["message"], lost
    assert api("patch", patch="apply", body=body("2"), fieldManager="second", force=True)["outcome"] == "done"


def test_what_the_server_will_never_take_is_refused(api):
    unknown = api("patch", patch="apply", strict=True, body="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ncolour: blue\n")
    assert unknown["outcome"] == "refused" and "colour" in unknown["message"], unknown
    missing = api("create", kind="Service", object={"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"}, "spec": {"ports": []}})
    assert missing["outcome"] == "refused" and "spec.ports" in missing["message"], missing


def test_no_message_about_a_secret_quotes_it(api):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "stringData": {"in/valid": "hunter2"}}
    answer = api("create", kind="Secret", object=secret)
    assert answer["outcome"] == "refused" and "Invalid" in answer["message"], answer
    assert "hunter2" not in json.dumps(answer) and "in/valid" not in json.dumps(answer)


def test_what_is_forbidden_is_told_and_known_beforehand(api, make_api):
    bob = make_api("as=bob")
    got = bob("get")
    assert got["kind"] == "rejected" and 'User "bob" cannot get' in got["error"], got
    assert bob("mayI", verb="get") == {"allowed": False}
    assert api("mayI", verb="get") == {"allowed": True}


def test_lists_are_selected_and_whole(api, namespace):
    many = {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{i}", "labels": {"of": "many"}}, "data": {"k": "v"}} for i in range(520)]}
    namespace.kubectl("create", "-f", "-", input=json.dumps(many))
    listing = api("list", selector="of=many")
    assert len(listing["items"]) == 520 and listing["version"]
    slim = api("list", selector="of=many", metadataOnly=True)
    assert len(slim["items"]) == 520 and not any("data" in item for item in slim["items"])


def test_a_watch_tells_what_happens(api):
    labels = {"watched": "yes"}
    api.create(name="before", labels=labels)
    api("watch", selector="watched=yes")
    assert api("watched", count=2) == ["added before", "synced"]
    api.create(name="after", labels=labels)
    api.create(name="other")
    api("patch", name="before", patch="merge", body='{"data":{"a":"1"}}')
    api("remove", name="after")
    assert api("watched", count=3) == ["added after", "modified before", "deleted after"]


def test_a_lease_changes_hands_only_when_free_or_silent(api, namespace):
    lease = lambda verb, who: api("lease", name="l", lease=verb, who=who, term=2)  # noqa: E731
    assert lease("acquire", "ann") == {"granted": True, "holder": "ann", "transitions": 1}
    assert lease("acquire", "bob")["granted"] is False
    assert lease("renew", "ann") == {"kept": True}
    namespace.kubectl("label", "lease", "l", "touched=yes")
    assert lease("renew", "ann") == {"kept": True}
    assert lease("acquire", "bob")["granted"] is False
    deadline = time.monotonic() + 10
    while not lease("acquire", "bob")["granted"]:
        assert time.monotonic() < deadline, "a silent holder keeps it"
        time.sleep(0.2)
    assert lease("renew", "ann") == {"kept": False}
    lease("release", "bob")
    assert lease("acquire", "ann") == {"granted": True, "holder": "ann", "transitions": 3}
    assert namespace.get("lease", "l")["metadata"]["labels"] == {"contract": "yes", "touched": "yes"}


def test_an_event_is_seen_at_its_object(api, namespace):
    made = api.create()["object"]
    assert api("event", object=made, note="tried \x1b[31m") == {"posted": True}

    def seen():
        return [e for e in namespace.get("events.events.k8s.io") if e["regarding"].get("uid") == made["metadata"]["uid"]]

    processes.wait_until("the event", seen, 5, 0.1)
    assert seen()[0]["reason"] == "Tried" and "\x1b" not in seen()[0]["note"]


def test_the_servers_warnings_are_passed_on_once(api):
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "colour": "blue"}
    assert api("create", object=plain)["outcome"] == "done"
    assert api("create", name="two", object={**plain, "metadata": {"name": "two"}})["outcome"] == "done"
    assert api("warnings") == ['unknown field "colour"']
