"""The child process: reads one file from its standard input and writes JSON lines to its standard output.

`{"progress": 0.4}` as often as there is some, then `{"book": …}` or `{"refused": code, "params": …}`.
"""

import json
import resource
import sys

from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.reading import read


def main() -> None:
    """Take the limits upon itself, then read."""
    limits = Limits(**json.loads(sys.argv[1]))
    _bound(limits)
    try:
        _tell(
            {"book": read(sys.stdin.buffer, limits, lambda fraction: _tell({"progress": fraction})).to_json()}
        )
    except FileRefusedError as error:
        _tell({"refused": error.code, "params": error.params})
    except (MemoryError, RecursionError):
        _tell({"refused": "file_too_heavy", "params": {}})


def _bound(limits: Limits) -> None:
    """No more memory or time than given, no file written, no core left behind."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _tell(message: dict[str, object]) -> None:
    sys.stdout.buffer.write(
        json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"
    )
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
