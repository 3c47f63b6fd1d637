"""`python -m scripts.lint`: what ruff and mypy do not see."""

import sys
from pathlib import Path

from scripts.lint.checkout import problems

ROOT = Path(__file__).parents[2]


def main() -> int:
    found = list(problems(ROOT))
    for problem in found:
        print(str(problem).removeprefix(f"{ROOT}/"))
    print(f"templates, styles, modules: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
