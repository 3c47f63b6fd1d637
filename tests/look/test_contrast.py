"""Contrast by WCAG 2.2 of every pair of colours that meets on a screen, in every theme, from tokens.css itself."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = re.sub(
    r"/\*.*?\*/",
    "",
    (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
THEMES = ("day", "night", "sun")
TEXT, SHAPE = 4.5, 3.0

SURFACES = ("ground", "surface", "sunken", "raised")
TONES = ("live", "standby", "stop", "s3")
TEXTED = ("live", "standby", "stop")
# (foreground, background, least ratio)
PAIRS = [
    *product(("text", "text-2", "muted", "proj"), SURFACES, (TEXT,)),
    *product(("text", "text-2"), (f"{tone}-tint" for tone in TONES), (TEXT,)),
    *((f"{tone}-text", ground, TEXT) for tone in TEXTED for ground in (*SURFACES, f"{tone}-tint")),
    *((f"on-{tone}", tone, TEXT) for tone in (*TONES, "action", "bar")),
    *product(("proj", "stop-text"), ("live-tint", "standby-tint"), (TEXT,)),
    ("on-bar-2", "bar", TEXT),
    ("ink", "signal", TEXT),
    ("paper", "ink", TEXT),
    *product(("line-2", "focus"), SURFACES, (SHAPE,)),
    *product(("live", "stop", "s3", "rail-done"), ("surface",), (SHAPE,)),
    ("stop", "stop-tint", SHAPE),
    ("standby", "ink", SHAPE),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_pair_can_be_told_apart(theme: str, front: str, back: str, least: float) -> None:
    assert _ratio(_colour(theme, front), _colour(theme, back)) >= least


def test_black_and_white_are_as_far_apart_as_can_be() -> None:
    assert _ratio("#ffffff", "#000000") == pytest.approx(21)


def _ratio(one: str, other: str) -> float:
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _colour(theme: str, name: str) -> str:
    """The hex value behind a semantic name; a theme says only what differs from day."""
    names = _block(":root {") | _block('[data-theme="day"] {') | _block(f'[data-theme="{theme}"] {{')
    value = names[f"--{name}"]
    while value.startswith("var("):
        value = names[value[4:-1]]
    return value


def _block(selector: str) -> dict[str, str]:
    body = TOKENS[TOKENS.index(selector) :].split("}")[0]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))
