"""Images of the shop: NAME:TAG is a folder with shop_server as `run` and, in `args`, what belongs to the tag."""
import hashlib
import os
import pathlib
import shutil

from . import paths

REGISTRY = "registry.test/kai"
SERVICES = ("api-server", "coordinator-service", "mobile-optimization")

# What a tag does, in every service. A tag that is not here and was not published cannot be pulled.
TAGS = {
    "v1": [],
    "v2": [],
    "v3": ["--error-percent=20"],
    "v4": ["--latency-p95-ms=800"],
    "v5": ["--crash-at-start"],
    "v6": ["--crash-unless-pod=-canary-"],  # runs as a clone, crashes as the real thing
}


class Images:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder / "images"
        self.program = folder / "shop_server"

    def up(self):
        self.program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(paths.built_program("shop_server", "KAI_SHOP_SERVER"), self.program)
        for tag, arguments in TAGS.items():
            self.publish(tag, {service: arguments for service in SERVICES})

    def publish(self, tag: str, faults: dict = None, services=SERVICES):
        """Makes `tag` of each service; `faults` maps a service to flags of shop_server, services not in it are good."""
        for service in services:
            image = self.folder / REGISTRY / service / tag
            image.mkdir(parents=True, exist_ok=True)
            arguments = "\n".join([f"--service={service}", f"--version={tag}", *(faults or {}).get(service, [])])
            (image / "args").write_text(arguments)
            (image / "digest").write_text(f"sha256:{hashlib.sha256(arguments.encode()).hexdigest()}\n")
            if not (image / "run").exists():
                os.link(self.program, image / "run")

    def withdraw(self, tag: str):
        for service in SERVICES:
            shutil.rmtree(self.folder / REGISTRY / service / tag, ignore_errors=True)
