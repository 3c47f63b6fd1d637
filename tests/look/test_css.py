"""The look's files hang together: copies are fresh, names are used, icons exist, nothing weighs too much."""

import re
from itertools import chain
from pathlib import Path
from zlib import compress

import pytest
from jinja2 import Environment, FileSystemLoader

from scripts.build_css import BEGIN, END, TOKENS, body_of, with_copies
from server.core.static import StaticFiles

ROOT = Path(__file__).parents[2]
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
STATES = ("planned", "warm", "standby", "live", "over", "paused", "done", "skipped")


def test_the_copies_of_the_themes_are_fresh() -> None:
    css = TOKENS.read_text(encoding="utf-8")
    assert with_copies(css) == css


def test_a_changed_theme_changes_its_copy() -> None:
    css = TOKENS.read_text(encoding="utf-8")
    theme = body_of(css, "night")
    changed = with_copies(css.replace(theme, theme + "\n    --new: 0;", 1))
    assert "--new: 0;" in changed.split(BEGIN)[1].split(END)[0]


def test_a_theme_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(ValueError, match="dusk"):
        body_of(TOKENS.read_text(encoding="utf-8"), "dusk")


@pytest.mark.parametrize("theme", ["night", "sun"])
def test_a_theme_says_every_name_of_day(theme: str) -> None:
    css = TOKENS.read_text(encoding="utf-8")
    day = css.split('[data-theme="day"] {')[1].split("}")[0]
    assert _set_in(day) <= _set_in(body_of(css, theme))


def test_every_class_that_is_styled_is_used() -> None:
    used = set(re.findall(r"[\w-]+", _sources("templates/**/*.html", "static/js/**/*.js")))
    styled = chain.from_iterable(_classes(sheet.read_text(encoding="utf-8")) for sheet in SHEETS)
    assert sorted(set(styled) - used) == []


def test_every_icon_that_is_drawn_is_in_the_sprite_and_no_other() -> None:
    sprite = set(re.findall(r'<symbol id="i-([\w-]+)"', _sprite()))
    drawn = set(re.findall(r"#i-([\w-]+)", _sources("templates/**/*.html", "static/js/**/*.js")))
    named = {icon for icon in sprite if re.search(rf'"{icon}"', _sources("templates/**/*.html"))}
    assert drawn <= sprite
    assert sprite - drawn - named - set(STATES) == set()


def test_whatever_moves_stands_still_where_less_motion_is_wanted() -> None:
    """A ring that fills says how long to hold, so it goes on, in four steps."""
    asked = TOKENS.read_text(encoding="utf-8").split("@media (prefers-reduced-motion: reduce) {")[1]
    stilled = {"--fast", "--hold"}
    assert "--fast: 0ms;" in asked
    assert "--ring: steps(4, end);" in asked
    moves = re.findall(
        r"(?:transition|animation)[\w-]*: *([^;]+);", "".join(sheet.read_text() for sheet in SHEETS)
    )
    assert moves
    assert [move for move in moves if not any(f"var({name})" in move for name in stilled)] == []
    assert re.findall(r"smooth(?!ing)", _sources("static/js/**/*.js", "static/css/*.css")) == []


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_shape_of_its_own(state: str) -> None:
    shapes = dict(re.findall(r'<symbol id="i-([\w-]+)"[^>]*>(.*)</symbol>', _sprite()))
    assert [name for name, shape in shapes.items() if shape == shapes[state]] == [state]


def test_the_styles_of_a_phone_are_light() -> None:
    phone = StaticFiles().text("joined/phone.css").encode()
    assert len(compress(phone, 9)) <= 16 * 1024


def test_the_sprite_is_light() -> None:
    assert len(compress(_sprite().encode(), 9)) <= 4 * 1024


def _set_in(css: str) -> set[str]:
    return set(re.findall(r"(--[\w-]+):", css))


def _classes(css: str) -> set[str]:
    code = re.sub(r'/\*.*?\*/|"[^"]*"', "", css, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", code))


def _sprite() -> str:
    loader = FileSystemLoader(ROOT / "templates")
    return Environment(loader=loader, autoescape=True).get_template("_sprite.html").render()


def _sources(*patterns: str) -> str:
    paths = chain.from_iterable(ROOT.glob(pattern) for pattern in patterns)
    return "\n".join(
        path.read_text(encoding="utf-8") for path in paths if not path.name.startswith("_sprite")
    )
