"""A coordinator who compares a file with the sheet, and takes what they want of the differences."""

import json
import re
from html import unescape
from typing import Any

from server.core.ids import new_id
from server.core.jobs import Job
from tests.support.importing import Importer
from tests.support.show import Json

_KEYS = re.compile(r'<script type="application/json" id="import-keys">(.*?)</script>', re.DOTALL)


class Comparer(Importer):
    """As somebody who imports; differences are named as on the page: `changed|<row>|<field>`, `added|<place>|`."""

    def keys(self, upload: str, **form: str) -> list[list[Any]]:
        """Every difference that can be taken: its key, place in the file, default, and whether it is marked."""
        found = _KEYS.search(self.look(upload, mode="compare", **form))
        assert found
        keys: list[list[Any]] = json.loads(unescape(found[1]))
        return keys

    def differences(self, upload: str, **form: str) -> dict[str, bool]:
        """Each difference, and whether it is taken by default."""
        return {key: is_default for key, _, is_default, *_ in self.keys(upload, **form)}

    def update_args(self, upload: str, *taken: str, everything: bool = False, **form: str) -> Json:
        """The arguments of the op that takes these differences, or all of them."""
        args = self.args(upload, mode="compare", **form)
        found = self.keys(upload, **form)
        keys = [
            (key.split("|"), place, is_called)
            for key, place, _, _, is_called in found
            if everything or key in taken
        ]
        return args | {"taken": taken_of(keys)}

    def update(self, upload: str, *taken: str, everything: bool = False, **form: str) -> Job:
        """Take these differences, or all; the job when it is done."""
        args = self.update_args(upload, *taken, everything=everything, **form)
        return self.finish(args)

    def finish(self, args: Json) -> Job:
        job = new_id()
        self.do("import.update", id=job, **args)
        self.work()
        assert self.job(job).state == "done", self.job(job).result
        return self.job(job)


def taken_of(keys: list[tuple[list[str], int, bool]]) -> Json:
    """As the page's script puts together what is taken."""
    taken: Json = {"rows": [], "pairs": {}, "fields": {}, "places": [], "gone": [], "called": []}
    for (kind, row, field), place, is_called in keys:
        if is_called and row not in taken["called"]:
            taken["called"].append(row)
        if kind == "added":
            taken["rows"].append(place)
        elif kind == "missing":
            taken["gone"].append(row)
        else:
            taken["pairs"][row] = place
            if kind == "moved":
                taken["places"].append(row)
            else:
                taken["fields"].setdefault(row, []).append(field)
    return taken
