"""What a running program does with memory."""

import json
import re
import subprocess
import sys

BEGIN = """
import ctypes, sys, threading
from server.core.memory import keep_heaps_small
if sys.argv[1] == "shared":
    keep_heaps_small()
"""
# What glibc says of its heaps, in XML.
TELL = """
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""
# Threads that each take and free a lot.
MANY = """
both = threading.Barrier(12)
def take():
    both.wait()
    for _ in range(50):
        str(bytes(100_000))
    both.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
"""


def told_after(work: str, how: str) -> str:
    command = (sys.executable, "-c", BEGIN + work + TELL, how)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def heaps(how: str) -> int:
    return told_after(MANY, how).count("<heap nr=")


def test_threads_share_two_heaps_where_glibc_would_give_each_its_own() -> None:
    assert heaps("own") > 2
    assert heaps("shared") == 2


# Large things between small ones that stay, after a larger one was freed: how much of the heap can't be given back.
LARGE = """
bytes(20_000_000)
both = [(bytes(1_000_000), bytes(4000)) for _ in range(10)]
kept = [small for _, small in both]
del both
"""


def free_in_heaps(how: str) -> int:
    """Bytes, of the last heap's sum."""
    return int(re.findall(r'<total type="rest" count="\d+" size="(\d+)"/>', told_after(LARGE, how))[-1])


def test_what_is_large_goes_back_to_the_system_when_it_is_freed() -> None:
    assert free_in_heaps("own") > 9_000_000
    assert free_in_heaps("shared") < 1_000_000


def test_the_collector_leaves_alone_what_a_program_began_with() -> None:
    told = """
import gc, json
from server.core.memory import THRESHOLDS, settle
settle()
print(json.dumps([gc.get_freeze_count(), gc.get_threshold() == THRESHOLDS]))
"""
    ran = subprocess.run((sys.executable, "-c", told), capture_output=True, text=True, check=True)
    frozen, is_so = json.loads(ran.stdout)
    assert frozen > 1000
    assert is_so
