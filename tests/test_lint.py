"""The lints: this checkout keeps them, and each of them notices what it is for."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

import pytest

from scripts.lint import modules, styles, templates, unused
from scripts.lint.checkout import problems, python_sources
from scripts.lint.problem import Problem
from scripts.lint.sizes import function_lengths

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_the_code_is_in_order_and_its_types_fit(command: str, cache: pytest.Cache) -> None:
    """As `make lint` looks at it. What has not changed since the last run is not checked anew."""
    kept = str(cache.mkdir("lint"))
    environment = {**os.environ, "MYPY_CACHE_DIR": kept, "RUFF_CACHE_DIR": kept}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_this_checkout_has_no_problems() -> None:
    assert [str(problem) for problem in problems(ROOT)] == []


def test_functions_are_short() -> None:
    lengths = list(chain.from_iterable(map(function_lengths, python_sources(ROOT))))
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 25


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("handler", '<button onclick="go()">GO</button>'),
        ("style", '<i style="color:red"></i>'),
        ("script", "<script>go()</script>"),
        ("sheet", "<style>i{}</style>"),
        ("foreign", '<img src="https://a.example/x.png">'),
        ("javascript", '<a href="javascript:go()">GO</a>'),
        ("hx-on", '<i hx-on:click="go()"></i>'),
        ("js-value", "<i hx-vals='js:{a: 1}'></i>"),
        ("filter", """<i hx-trigger="keyup[key=='Enter']"></i>"""),
        ("safe", "<p>{{ note|safe }}</p>"),
        ("id", '<li id="cueRow_{{ cue.id }}">'),
        ("length", "<p>\n" * 61),
    ],
)
def test_a_template_is_refused_for(rule: str, line: str) -> None:
    assert {found.rule for found in templates.check(Path("page.html"), line)} == {rule}


@pytest.mark.parametrize(
    "line",
    [
        '<li id="cue-{{ cue.id }}" data-state="{{ cue.state }}">',
        '{% macro button(word, style="", onclick="") %}<b id="{{ id }}-hint">{{ word }}</b>{% endmacro %}',
        "{# never write style= here #}",
        '<script src="{{ static("js/app.js") }}" type="module"></script>',
        '<form action="/e/{{ event.id }}/ops" hx-trigger="submit">',
        "{# lint: safe, made of digits by the server #}\n<p>{{ figures|safe }}</p>",
    ],
)
def test_a_template_may_say(line: str) -> None:
    assert list(templates.check(Path("page.html"), line)) == []


@pytest.mark.parametrize(
    ("rule", "sheet"),
    [
        ("colour", "@layer a { p { color: #fff } }"),
        ("colour", "@layer a { p { border: 1px solid red } }"),
        ("colour", "@layer a { @media print { p { & b { box-shadow: 0 0 1px rgb(0 0 0 / .5) } } } }"),
        ("layer", "p { margin: 0 }"),
        ("syntax", "@layer a { p { margin 0 } }"),
        ("foreign", '@layer a { p { background: url("https://a.example/x.png") } }'),
        ("variable", "@layer a { p { color: var(--nobody) } }"),
    ],
)
def test_a_style_sheet_is_refused_for(rule: str, sheet: str) -> None:
    assert {found.rule for found in _styles(sheet)} == {rule}


@pytest.mark.parametrize(
    "sheet",
    [
        "@layer a { p { color: var(--text); background: transparent; outline-color: currentColor } }",
        "@layer a { p { color: var(--maybe, var(--text)) } #fff { margin: 0 } }",
        "@layer a, b; @font-face { font-family: x; src: url(../x.woff2) }",
        "@layer a { p { /* lint: colour, a printer knows only this */ color: #000 } }",
    ],
)
def test_a_style_sheet_may_say(sheet: str) -> None:
    assert _styles(sheet) == []


def test_raw_colours_stand_in_tokens() -> None:
    sheet = "@layer tokens { :root { --x: #fff } }"
    assert list(styles.check(Path("tokens.css"), sheet, frozenset())) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("syntax", "const = 1;"),
        ("syntax", "export function go( {"),
        ("var", "var a = 1;"),
        ("equal", "if (a == b) go();"),
        ("catch", "try { go(); } catch {}"),
        ("call", "eval('1');"),
        ("call", "new Function('1');"),
        ("call", "window.alert('stop');"),
        ("member", "if (navigator.onLine) send();"),
        ("member", "console.log(1);"),
        ("html", "row.innerHTML = text;"),
        ("html", "row.insertAdjacentHTML('beforeend', text);"),
        ("handler", "button.onclick = go;"),
        ("import", "import { go } from './missing.js'; go();"),
        ("import", "import { stop } from './ops.js'; stop();"),
        ("import", "import { go } from 'ops'; go();"),
        ("unused", "import { go } from './ops.js';"),
        ("length", "go();\n" * 301),
    ],
)
def test_a_module_is_refused_for(rule: str, code: str, tmp_path: Path) -> None:
    assert {found.rule for found in _module(tmp_path, code)} == {rule}


@pytest.mark.parametrize(
    "code",
    [
        "import { go, halt as stop, Outbox } from './ops.js'; go(stop, new Outbox());",
        "import { go } from '/static/js/ops.js'; export const next = () => go?.() ?? 1;",
        "try { go(); } catch (error) { report(error); }",
        "class A { #b = 1; static { } async *rows() { for await (const row of this.#b) yield row; } }",
        "// lint: html, the fragment is our own server's\ntemplate.innerHTML = fragment;",
        "addEventListener('online', () => go(), { once: true });",
    ],
)
def test_a_module_may_say(code: str, tmp_path: Path) -> None:
    assert _module(tmp_path, code) == []


ROOM = Path("room")


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("export", "lone", unused.exports({ROOM / "a.js": "export const lone = 1;"}, ROOM)),
        (
            "macro",
            "lone",
            unused.macros({ROOM / "_a.html": "{% macro lone() %}{% endmacro %}<i>lone</i>"}, ROOM),
        ),
        (
            "import",
            "lone",
            unused.macros({ROOM / "a.html": '{% from "_a.html" import lone with context %}lone'}, ROOM),
        ),
        ("property", "--lone", unused.properties({ROOM / "a.css": "--lone: 1; --lone-2: var(--x)"}, {})),
    ],
)
def test_what_nobody_uses_is_named(rule: str, text: str, found: Iterator[Problem]) -> None:
    problem = next(found)
    assert (problem.rule, text in problem.text.split()) == (rule, True)


def test_what_somebody_uses_may_stay() -> None:
    used = "export const one = 1;\nexport class Two {}\nexport function start() {}\n"
    uses = 'import { one as first } from "../a.js";\nimport * as all from "/static/js/a.js";\nall.Two(first);'
    scripts = {
        ROOM / "js/a.js": f"{used}// lint: export, a test reads it\nexport const three = 3;",
        ROOM / "js/sub/b.js": uses,
        ROOM / "js/c.js": 'const LATER = ["./a.js"];\nset("--width", one);',
    }
    pages = {
        ROOM / "_m.html": "{% macro one() %}{{ two() }}{% endmacro %}{% macro two() %}{% endmacro %}",
        ROOM / "a.html": '{% from "_m.html" import one as first %}{% include "_b.html" %}',
        ROOM / "_b.html": "{{ first() }}{{ one }}",
    }
    styles = {ROOM / "a.css": "--width: 1; --height: 2; height: var(--height)"}
    assert list(unused.exports(scripts, ROOM)) == []
    assert list(unused.macros(pages, ROOM)) == []
    assert list(unused.properties(styles, scripts)) == []


def _styles(sheet: str) -> list[Problem]:
    return list(styles.check(Path("page.css"), sheet, frozenset({"--text"})))


def _module(root: Path, code: str) -> list[Problem]:
    folder = root / "js"
    folder.mkdir()
    (folder / "ops.js").write_text(
        "export function go() {}\nexport class Outbox {}\nconst halt = 1;\nexport { halt };\n"
    )
    return list(modules.check(folder / "page.js", code, root))
