"""When the collector looks for garbage."""

import gc

# Of objects made and not freed until it looks at the youngest; then of looks until it goes on to the older ones.
THRESHOLDS = 10_000, 20, 50


def settle() -> None:
    """Leave what is loaded now alone, and look more seldom at the rest.

    Once before serving. By Python's own thresholds a fourth of the work for a phone that comes would go to looking at
    those who came before it. What is freed later for it comes to a few MB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
