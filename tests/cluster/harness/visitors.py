"""Open-loop visitors at the gateway, or at one pod: those who go past it."""
import pathlib

from bed import data_plane, paths
from stories.visitors import PATHS, Visitors

from .namespace import Namespace


GATEWAY = (data_plane.ADDRESS, data_plane.PORT)


def visitors_of(namespace: Namespace, output: pathlib.Path, rate: float = 200, services=tuple(PATHS), at=GATEWAY) -> Visitors:
    return Visitors(
        namespace.bed.control_plane.command(
            paths.built_program("visitors", "KAI_VISITORS"), f"--address={at[0]}", f"--port={at[1]}",
            f"--host={namespace.host}", f"--rate={rate}", "--interval-ms=100", "--path=" + ",".join(PATHS[service] for service in services)),
        output)
