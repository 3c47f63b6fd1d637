"""Modules in one file do what they did in many; that the phone's whole program does is shown by every browser test."""

import pytest

from server.core.joining import join_modules

FILES = {
    "js/phone.js": 'import * as b from "./b.js";\nimport { c,\n  d as e,\n} from "./deep/c.js";\n'
    'import "./quiet.js";\ne(b.one, c);\n',
    "js/b.js": 'import { c } from "./deep/c.js";\n\nexport const one = c();\nexport async function two() {}\n',
    "js/deep/c.js": "export function c() {}\nexport function* d() {}\nexport class E {}\n",
    "js/quiet.js": 'addEventListener("online", () => {});\n',
    "js/later.js": 'import { one as first } from "./b.js";\nimport { c } from "./deep/c.js";\nimport "./own.js";\n',
    "js/own.js": "export const own = 1;\n",
    "css/a.css": "",
}


def test_each_module_stands_after_what_it_imports_and_gives_away_what_it_exports() -> None:
    joined = join_modules(FILES, "js/phone.js", "joined")["joined/phone.js"]
    assert joined.index("$js_deep_c =") < joined.index("$js_b =") < joined.index("$js_quiet =")
    assert "return { one, two };" in joined
    assert "return { c, d, E };" in joined
    assert "import" not in joined
    assert "\nglobalThis.joined = { $js_deep_c, $js_b, $js_quiet };\n" in joined


def test_it_is_a_classic_script_that_is_strict_keeps_its_names_to_itself_and_may_wait() -> None:
    joined = join_modules(FILES, "js/phone.js", "joined")["joined/phone.js"]
    assert joined.startswith('"use strict";(async () => {\n')
    assert joined.endswith("\n})();\n")
    assert "export" not in joined


def test_what_was_imported_is_taken_from_there_under_the_same_name() -> None:
    joined = join_modules(FILES, "js/phone.js", "joined")["joined/phone.js"]
    assert "const b = $js_b;" in joined
    assert "const { c, d: e, } = $js_deep_c;" in joined
    assert "const { c } = $js_deep_c;" in joined


def test_what_is_loaded_later_takes_from_the_joined_file_what_stands_there() -> None:
    served = join_modules(FILES, "js/phone.js", "joined")
    assert served["joined/later.js"].splitlines() == [
        "const { one: first } = joined.$js_b;",
        "const { c } = joined.$js_deep_c;",
        'import "./own.js";',
    ]
    assert served["joined/own.js"] == FILES["js/own.js"]
    assert set(served) == {"joined/phone.js", "joined/later.js", "joined/own.js"}


def test_a_circle_is_refused_with_its_way() -> None:
    files = FILES | {"js/deep/c.js": 'import "../b.js";\n'}
    with pytest.raises(ValueError, match=r"circle: js/phone.js → js/b.js → js/deep/c.js → js/b.js"):
        join_modules(files, "js/phone.js", "joined")


@pytest.mark.parametrize(
    "export",
    ["export let changing = 1;", "export default 1;", "export { one };", "export const { two } = one;"],
)
def test_what_cannot_be_given_away_once_is_refused(export: str) -> None:
    with pytest.raises(ValueError, match=r"js/b.js exports"):
        join_modules(FILES | {"js/b.js": f"const one = 1;\n{export}\n"}, "js/phone.js", "joined")
