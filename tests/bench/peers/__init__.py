"""Programs of others that do the same work, fetched once, pinned, into a folder that git ignores.

What can't run on a machine is said in the page, with the reason, and never with an old figure.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FETCHED = HERE.parents[2] / ".bench" / "peers"
WS = "8.23.0"
# Of all files in its folder lib, one behind the other in the order of their names.
WS_SHA256 = "ed2b67ae3e1a00b933010c5a983b24e7e12f326525bacc66ecf85bf65727707c"


class NotRunError(Exception):
    """A peer that can't run here, and why."""


def node_ws() -> list[str]:
    """The command that starts the server on node's ws."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        message = "needs node and npm"
        raise NotRunError(message)
    folder = FETCHED / f"ws-{WS}"
    if not (folder / "node_modules").exists():
        _fetch(
            [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", f"ws@{WS}"], folder
        )
    if _digest(folder / "node_modules" / "ws" / "lib") != WS_SHA256:
        message = f"ws {WS} is not what it was"
        raise NotRunError(message)
    return [node, "--expose-gc", str(HERE / "ws.js"), str(folder)]


def _fetch(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError) as error:
        message = "could not be fetched"
        raise NotRunError(message) from error


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(folder.glob("*.js")):
        found.update(file.read_bytes())
    return found.hexdigest()
