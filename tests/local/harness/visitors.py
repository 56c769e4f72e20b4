"""Open-loop visitors at the splitter."""
import pathlib

from stories.visitors import Visitors

from .programs import built


def visitors_at(port: int, output: pathlib.Path, rate: float = 200, paths=("/",)) -> Visitors:
    return Visitors([built("visitors", "KAI_VISITORS"), f"--port={port}", f"--rate={rate}", "--interval-ms=100", "--path=" + ",".join(paths)], output)
