"""A coordinator who imports: sends files over HTTP, looks at the preview, and lets a worker do its steps."""

import json
import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient

from server.app import JOBS
from server.core.ids import new_id
from server.core.jobs import Job, Worker
from server.core.ops import Result
from server.runsheet.models import Cue
from server.runsheet.queries import all_cues
from tests.support.show import Json, Show

_ARGS = re.compile(r'<script type="application/json" id="import-args">(.*?)</script>', re.DOTALL)


class Importer:
    """One member with a browser, and the worker of the server."""

    def __init__(self, show: Show, member: str = "rui") -> None:
        self.show, self.member, self.event = show, member, show.event
        bearer = {"authorization": f"Bearer {show.token(member)}"}
        self.browser = TestClient(show.house.app, base_url=show.services.origin, headers=bearer)
        self.worker = Worker(show.services, JOBS)

    # The steps, each as the page does it

    def post(self, content: bytes, name: str = "細流.xlsx") -> Any:  # noqa: ANN401 - a response
        return self.browser.post(f"/e/{self.event}/import", files={"file": (name, content)})

    def send(self, content: bytes, name: str = "細流.xlsx") -> str:
        """Send a file and have it read; its upload's id."""
        upload: str = self.post(content, name).json()["upload"]
        self.do("import.read", id=new_id(), upload=upload)
        self.work()
        return upload

    def look(self, upload: str, **form: str) -> str:
        """The preview: of the guess, or by a form."""
        address = f"/e/{self.event}/import/{upload}"
        answer = self.browser.post(address, data=form) if form else self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def args(self, upload: str, **form: str) -> Json:
        """What the preview's button would send."""
        found = _ARGS.search(self.look(upload, **form))
        assert found, "nothing to import"
        args: Json = json.loads(unescape(found[1]))
        return args

    def bring_in(self, content: bytes, **form: str) -> str:
        """All steps at once; the id of the import."""
        upload = self.send(content)
        return self.apply(upload, **form)

    def apply(self, upload: str, **form: str) -> str:
        job = new_id()
        self.do("import.apply", id=job, **self.args(upload, **{"mode": "add"} | form))
        self.work()
        assert self.job(job).state == "done", self.job(job).result
        return job

    # What is there

    def do(self, op: str, **args: Any) -> Result:  # noqa: ANN401 - whatever the op takes
        return self.show.do(self.member, op, **args)

    def work(self) -> None:
        """Let the worker do all that waits."""
        while self.worker.step():
            pass

    def job(self, job: str) -> Job:
        with self.show.services.db.read() as session:
            return session.get_one(Job, (self.event, job))

    def jobs(self) -> dict[str, str]:
        """The states of one's own jobs by their kinds, as they stand on one's page."""
        return {body["kind"]: body["state"] for body in self.show.bodies(self.member, "job")}

    def rows(self) -> list[Cue]:
        """Every row of the sheet in tree order."""
        with self.show.services.db.read() as session:
            return all_cues(session, self.event)

    def titles(self) -> list[str]:
        return [row.title for row in self.rows()]
