"""How memory is kept: when the collector looks for garbage, and in how many heaps threads take it."""

import ctypes
import gc

# Of objects made and not freed until it looks at the youngest; then of looks until it goes on to the older ones.
THRESHOLDS = 10_000, 10, 10
# mallopt(3); glibc alone has these, and no header says so to Python.
_M_MMAP_THRESHOLD, _LARGE = -3, 64 * 1024
_M_ARENA_MAX, _ARENAS = -8, 2


def keep_heaps_small() -> None:
    """Let all threads take memory from two heaps, and what is large from neither, before any has begun.

    glibc gives each thread its own heap, up to eight a core, and once something large has been freed takes the next of
    that size from a heap too. What pages are rendered and compressed in stayed there: a day's traffic took a hundred MB
    more, and went on growing. A page's text has pages of its own now, which the system has back when it is sent.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)


def settle() -> None:
    """Leave what is loaded now alone, and look more seldom at the rest.

    Once before serving. By Python's own thresholds a fourth of the work for a phone that comes would go to looking at
    those who came before it. What is freed later for it comes to a few MB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
