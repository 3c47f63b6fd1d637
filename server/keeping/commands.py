"""`fieldcue backup`, `restore` and `doctor`, as one types them."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from server.keeping.archive import Manifest
from server.keeping.backup import Made, Place, back_up, default_name
from server.keeping.doctor import examine, verdict
from server.keeping.files import megabytes
from server.keeping.findings import Level
from server.keeping.restore import Restored, restore
from server.keeping.troubles import KeepingError
from server.settings import Settings


def add_backup(parser: argparse.ArgumentParser) -> None:
    name = default_name(datetime(2027, 4, 10, 9, 30))  # noqa: DTZ001 - an example of a name, read by nobody's clock
    parser.add_argument("file", nargs="?", type=Path, help=f"where to write it ({name} here, by the hour)")


def add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that `fieldcue backup` wrote")


def add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--deep", action="store_true", help="look at every page of the database and every photo"
    )
    parser.add_argument("--json", action="store_true", help="for machines")


def run_backup(settings: Settings, options: argparse.Namespace) -> int:
    """Back up, and say what is in it; status 1 if it could not be made."""
    target = options.file or Path(default_name(datetime.now()))  # noqa: DTZ005 - by the clock on the operator's wall
    try:
        _say(_made(back_up(_place(settings), target), settings.blobs_url))
    except KeepingError as error:
        return _refuse(error)
    return 0


def run_restore(settings: Settings, options: argparse.Namespace) -> int:
    """Restore, and say what has to be known; status 1 if nothing was changed."""
    try:
        _say(_restored(restore(_place(settings), options.file, _say)))
    except KeepingError as error:
        return _refuse(error)
    return 0


def run_doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Say what was found; status 1 if something is in the way of an event."""
    findings = []
    for finding in examine(settings, deep=options.deep):
        findings.append(finding)
        if not options.json:
            _say(finding.line)
    is_well = all(finding.level is not Level.BAD for finding in findings)
    if options.json:
        _say(
            json.dumps(
                {"ok": is_well, "checks": [each.document for each in findings]}, ensure_ascii=False, indent=1
            )
        )
    else:
        _say(verdict(findings))
    return 0 if is_well else 1


def _place(settings: Settings) -> Place:
    return Place(settings.data_dir, settings.database, settings.blobs_url)


def _made(made: Made, bucket_url: str) -> str:
    photos = len(made.manifest.blobs)
    bucket = [
        f"! 照片和檔案在 {bucket_url}，不在這份備份裡。Photos and files are there, and not in this backup."
    ]
    bucket = bucket if bucket_url else []
    lines = [
        f"備份好了：{made.path}（{megabytes(made.size)}，{photos} 個照片和檔案）",
        f"Backed up: {made.path} ({megabytes(made.size)}, {photos} photos and files)",
        *_events(made.manifest),
        *(f"! {fault.chinese}。{fault.english}" for fault in made.faults),
        *(f"! 照片壞了，沒有放進去。A damaged photo was left out: {name}" for name in made.left_out),
        *bucket,
        "裡面有所有人的資料：放在安全的地方。It holds everybody's data: keep it in a safe place.",
    ]
    return "\n".join(lines)


def _restored(done: Restored) -> str:
    manifest = done.manifest
    lines = [
        f"還原好了：{manifest.made_at} 的備份，補回 {done.photos} 個照片和檔案",
        f"Restored: the backup of {manifest.made_at}, {done.photos} photos and files brought back",
        *_events(manifest),
        *(f"! {fault.chinese}。{fault.english}" for fault in done.faults),
        "! 備份之後被移除或登出的人又能進來了：開門前看一下「人員」。",
        "  Who was removed or signed out since is in again: look at People before doors open.",
        "啟動伺服器之後，手機會自己重新載入，並補送還沒送到的東西。",
        "Once the server runs, phones load anew by themselves and send again what has had no answer.",
    ]
    return "\n".join(lines)


def _events(manifest: Manifest) -> list[str]:
    return [f"  {event.id}  {event.name}  #{event.head}" for event in manifest.events]


def _refuse(error: KeepingError) -> int:
    sys.stderr.write(f"{error}\n")
    return 1


def _say(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
