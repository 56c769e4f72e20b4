"""Open-loop visitors at the gateway."""
import pathlib

from bed import data_plane, paths
from stories.visitors import PATHS, Visitors

from .namespace import Namespace


def visitors_of(namespace: Namespace, output: pathlib.Path, rate: float = 200, services=tuple(PATHS)) -> Visitors:
    return Visitors(
        namespace.bed.control_plane.command(
            paths.built_program("visitors", "KAI_VISITORS"), f"--address={data_plane.ADDRESS}", f"--port={data_plane.PORT}",
            f"--host={namespace.host}", f"--rate={rate}", "--interval-ms=100", "--path=" + ",".join(PATHS[service] for service in services)),
        output)
