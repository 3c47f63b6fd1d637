"""A small cache for threads: the oldest entries go first, and what many miss at once is made once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Keeps up to `size` values. Of threads that miss at once one makes the value, and the others wait for it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()
        self._being_made: dict[Key, threading.Event] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of the key, made if it is not there. If that fails, the next who waits tries for themselves."""
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                made = self._being_made.get(key)
                if made is None:
                    self._being_made[key] = threading.Event()
                    break
            made.wait()
        try:
            return self._keep(key, make())
        finally:
            with self._lock:
                self._being_made.pop(key).set()

    def _keep(self, key: Key, value: Value) -> Value:
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value
