"""What was asked of the API server, by whom: its audit log from a moment on."""
import json
import pathlib

PROGRAM = "kai-canary/"  # how ours begins its User-Agent; test_promotion.py shows that it is found by it
WRITES = ("create", "update", "patch", "delete", "deletecollection")


class AuditLog:
    def __init__(self, file: pathlib.Path):
        self.file = file
        self.offset = file.stat().st_size if file.exists() else 0

    def events(self, agent: str = "", namespace: str = "") -> list:
        """Requests since this log was opened. `agent` is the beginning of a User-Agent: "kai-canary", "Helm", "kubectl"."""
        with open(self.file, encoding="utf-8") as log:
            log.seek(self.offset)
            events = [json.loads(line) for line in log if line.endswith("\n")]
        return [event for event in events
                if event.get("userAgent", "").startswith(agent)
                and (not namespace or event.get("objectRef", {}).get("namespace") == namespace)]

    def writes(self, agent: str = "", namespace: str = "", dry_run: bool = False) -> list:
        """Accepted or not, every request that would change something; dry runs only when asked for."""
        return [event for event in self.events(agent, namespace)
                if event["verb"] in WRITES and ("dryRun=All" in event["requestURI"]) == dry_run
                and event.get("objectRef", {}).get("resource") not in ("selfsubjectaccessreviews", "selfsubjectrulesreviews")]


def sentence(event: dict) -> str:
    """"patch httproutes/kai 200 by kai-canary/0.1" for messages of tests."""
    what = event.get("objectRef", {})
    return (f"{event['verb']} {what.get('resource')}/{what.get('name', '')} {event.get('responseStatus', {}).get('code')}"
            f" by {event.get('userAgent', '')}")
