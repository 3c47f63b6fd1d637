"""What a phone fetches, compressed, counted in Chromium on the wire by the tests of tests/browser/test_weight.py."""

import re
import subprocess
import sys

from tests.browser.test_weight import FIRST_VISIT, JOINING, ROW, SHEET_OF_500

COMMAND = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-s",
    "-p",
    "no:cacheprovider",
    "tests/browser/test_weight.py",
)
# What the tests say, the goal, and the figure in what they say.
FIGURES = (
    ("first visit, everything included: crew", f"≤ {FIRST_VISIT:,}", r"^first visit of c10: ([\d,]+) bytes"),
    ("first visit: coordinator", f"≤ {FIRST_VISIT:,}", r"^first visit of c02: ([\d,]+) bytes"),
    (
        "from a personal link to the sheet",
        f"≤ {FIRST_VISIT + JOINING:,}",
        r"^from the link to the sheet: ([\d,]+) bytes",
    ),
    (
        "the demo's sheet with 500 more items, br",
        f"≤ {SHEET_OF_500:,}",
        r"^a sheet with 500 more items: ([\d,]+) bytes",
    ),
    (
        "the fullest row of the demo, not compressed",
        f"≤ {ROW:,}",
        r"in zh-TW: \d+ rows, the fullest ([\d,]+) bytes",
    ),
)


def main() -> None:
    said = subprocess.run(COMMAND, capture_output=True, text=True, timeout=280, check=False)
    if said.returncode:
        sys.exit(said.stdout + said.stderr)
    sys.stdout.write("what | goal | bytes\n--- | --- | ---\n")
    for what, goal, pattern in FIGURES:
        found = [int(size.replace(",", "")) for size in re.findall(pattern, said.stdout, re.MULTILINE)]
        sys.stdout.write(f"{what} | {goal} | {max(found):,}\n")


if __name__ == "__main__":
    main()
