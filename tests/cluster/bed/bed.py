#!/usr/bin/env python3
"""The cluster bed by hand:   bed.py up | down | exec COMMAND... | status

`up` installs what is missing, brings everything up and prints how to reach it. `down` also clears what a crash left.
The folder is $KAI_BED_DIR/manual (default below the system's temporary folder).
"""
import os
import pathlib
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[up]) for up in (1, 2)]
from bed import cluster, data_plane, paths, prometheus  # noqa: E402  (found by the line above)
from stories.waiting import NotYet  # noqa: E402


def up(bed: cluster.Bed):
    reason = cluster.why_impossible()
    if reason:
        raise paths.BedError(reason)
    cluster.install_tools()
    began = time.monotonic()
    bed.up()
    print(f"""up after {time.monotonic() - began:.1f} s; all addresses are inside the namespace, so prefix commands with
  {sys.argv[0]} exec
gateway     http://{data_plane.ADDRESS}:{data_plane.PORT}
prometheus  {prometheus.URL}
kubeconfig  {bed.control_plane.kubeconfig}
images      {bed.images.folder}
logs        {bed.folder / 'logs'}""")


def main() -> int:
    verb, rest = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    bed = cluster.Bed(paths.base_folder() / "manual")
    if verb == "up":
        up(bed)
    elif verb == "down":
        bed.down()
    elif verb == "exec" and rest:
        os.environ["PATH"] = f"{paths.cache() / 'bin'}:{os.environ['PATH']}"
        command = bed.control_plane.command(*rest)
        os.execv(command[0], command)
    elif verb == "status":
        print(bed.control_plane.kubectl("get", "pods,httproutes", "-A"))
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotYet as error:
        sys.exit(f"bed: {error}")
