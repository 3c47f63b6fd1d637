"""What is served to phones: the files as they are, without what is for us alone."""

import json
from pathlib import Path
from types import SimpleNamespace

import brotli
import pytest
import tree_sitter_javascript
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from tree_sitter import Language, Node, Parser

from server.core.shell import Shell, get_worker, later, modules
from server.core.static import ALSO_SHOWN, STATIC, StaticFiles

_PARSER = Parser(Language(tree_sitter_javascript.language()))
OURS = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js"))


@pytest.fixture(scope="module")
def static() -> StaticFiles:
    return StaticFiles()


@pytest.mark.parametrize("name", OURS)
def test_a_module_says_the_same_without_its_comments(name: str, static: StaticFiles) -> None:
    whole, lean = (STATIC / name).read_text(), static.text(name)
    assert _tokens(lean) == _tokens(whole)
    assert lean.count("\n") == whole.count("\n")
    assert not lean.lstrip().startswith("//")


def test_what_others_wrote_is_served_as_they_wrote_it(static: StaticFiles) -> None:
    name = "vendor/htmx/htmx.min.js"
    assert static.text(name) == (STATIC / name).read_text()


def test_another_markup_or_word_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("one")
    first = StaticFiles(STATIC, tmp_path).build
    (tmp_path / "a.html").write_text("two")
    assert StaticFiles(STATIC, tmp_path).build != first
    assert StaticFiles().build == StaticFiles().build


def test_a_module_brings_all_that_it_imports(tmp_path: Path) -> None:
    js = tmp_path / "js"
    (js / "deep").mkdir(parents=True)
    (js / "a.js").write_text(
        'import { b } from "./b.js";\nimport {\n  c,\n} from "./deep/c.js";\nexport * from "./d.js";\n'
    )
    (js / "b.js").write_text('import "./a.js";\n')
    (js / "deep" / "c.js").write_text('import * as b from "../b.js";\n')
    (js / "d.js").write_text("const text = 'import x from \"./no.js\"';\n")
    assert modules(StaticFiles(tmp_path), "js/a.js") == ["js/a.js", "js/b.js", "js/d.js", "js/deep/c.js"]


def test_the_shell_names_only_what_is_there(static: StaticFiles) -> None:
    shell = Shell(static)
    files = _kept(shell, static)
    assert {"joined/phone.js", "joined/base.css"} <= set(files)
    assert all(static.text(name) for name in files if not name.endswith(".png"))
    assert len(files) == len(set(files))
    assert "__" not in shell.worker().replace("__Host-", "")


def test_all_that_no_page_loads_first_comes_in_one_answer_as_it_is_served(static: StaticFiles) -> None:
    gathered = json.loads(static.text(Shell(static).gathered))
    assert {name for entry in later(static) for name in modules(static, entry)} <= gathered.keys()
    served = TestClient(Starlette(routes=[Route("/static/{build}/{name:path}", static.serve)]))
    for name, [media, text] in gathered.items():
        answer = served.get(f"/static/{static.build}/{name}")
        assert (answer.headers["content-type"], answer.content) == (media, text.encode()), name


def test_the_worker_comes_compressed_to_whoever_reads_that(static: StaticFiles) -> None:
    app = Starlette(routes=[Route("/sw.js", get_worker)])
    shell = Shell(static)
    app.state.services = SimpleNamespace(build=static.build, shell=shell)
    client = TestClient(app)
    with client.stream("GET", "/sw.js", headers={"accept-encoding": "br"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "br"
    plain = client.get("/sw.js", headers={"accept-encoding": "identity"})
    assert brotli.decompress(packed).decode() == plain.text == shell.worker()
    assert len(packed) < len(plain.content) / 2
    assert client.get("/sw.js", headers={"if-none-match": plain.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["host", "variants", "photos", "call_hand"])
def test_what_a_phone_loads_later_opens_without_signal(name: str, static: StaticFiles) -> None:
    assert set(modules(static, f"joined/{name}.js")) <= set(_kept(Shell(static), static))


def test_what_is_loaded_later_is_no_part_of_what_is_loaded_first(static: StaticFiles) -> None:
    assert not set(later(static)) & set(modules(static, "js/later.js"))
    assert "joined/me.js" not in later(static)


def test_the_build_counts_what_pages_are_made_of() -> None:
    assert {folder.name for folder in ALSO_SHOWN} == {"templates", "sw", "locales"}


def _kept(shell: Shell, static: StaticFiles) -> list[str]:
    """The names of all static files that a phone keeps."""
    start = f"/static/{static.build}/"
    alone = [path.removeprefix(start) for path in shell.files() if path.startswith(start)]
    return [*alone, *json.loads(static.text(shell.gathered))]


def _tokens(source: str) -> list[tuple[str, bytes | None]]:
    """The leaves of a module's tree, without comments."""
    found: list[tuple[str, bytes | None]] = []
    queue: list[Node] = [_PARSER.parse(source.encode()).root_node]
    while queue:
        node = queue.pop()
        if node.type != "comment":
            found.append((node.type, None if node.children else node.text))
            queue += node.children
    return found
