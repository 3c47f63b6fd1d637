"""Faults that a server of a test can be given, so that it shows whether the checker would find them.

Each is a change of a few words in one function of the program. The program itself knows nothing of them: the
function is compiled anew within its module, in the process that becomes the server.
"""

import inspect
from dataclasses import dataclass
from importlib import import_module
from textwrap import dedent
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in the source of `Class.method` of a module. `backend` is where it shows."""

    module: str
    where: str
    old: str
    new: str
    backend: str = "sqlite"

    def apply(self) -> None:
        """Change this process. AssertionError if the program no longer says `old` there."""
        module: Any = import_module(self.module)
        owner, name = self.where.split(".")
        # Anywhere else it would not find the names that it uses, and be found for that.
        assert getattr(module, owner).__module__ == self.module, f"{owner} is not at home in {self.module}"
        source = dedent(inspect.getsource(getattr(getattr(module, owner), name)))
        assert source.count(self.old) == 1, f"{self.where} has changed: {self.old!r} is not in it once"
        found: dict[str, Any] = {}
        exec(source.replace(self.old, self.new), vars(module), found)  # noqa: S102 - that is what a mutant is
        setattr(getattr(module, owner), name, found[name])


MUTANTS = {
    "ack before commit": Mutant(
        "server.core.group",
        "Group.commit",
        "        for log in self._logs.values():\n            log.write()\n",
        "        for log in self._logs.values():\n            log.write()\n"
        "        self.answer(); self._taken = []; time.sleep(0.05)\n",
    ),
    "cursor by time": Mutant(
        "server.core.tail",
        "Tail.load",
        "return cls([Entry(*row) for row in found], event.head, kinds)",
        "last = session.connection().execute(_TAIL, {'event': event.id, 'since': since - 1}).first()\n"
        "    return cls([Entry(*row) for row in found if row.received > last.received], event.head, kinds)",
        backend="postgresql",
    ),
    "missing removal": Mutant(
        "server.core.feed",
        "_Snapshot._json_item",
        'return {"kind": one.kind, "id": one.id, "seq": one.seq, "gone": True}',
        "return None",
    ),
    "dropped hint without polling": Mutant(
        "server.core.hub", "Hub._poll", "if self._rooms:", "if False:", backend="postgresql"
    ),
    "a byte after revocation": Mutant(
        "server.core.guard", "GuardedReader._guard", "if changed:", "if False and changed:"
    ),
    "savepoint that survives": Mutant(
        "server.core.group",
        "Group._undoable",
        'cursor.execute("ROLLBACK TO SAVEPOINT op")',
        "session.flush()",
    ),
}
