"""A cache of expensive values with a least-recently-used policy."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class LruCache(Generic[Value]):
    """Makes values, and keeps the most recently used ones.

    Unlike :func:`functools.lru_cache`, it can drop one value at a time.

    Args:
        max_values: The most values to keep.
        make: Makes the value for some arguments.
    """

    def __init__(self, max_values: int, make: Callable[..., Value]) -> None:
        self._max_values = max_values
        self._make = make
        self._values: OrderedDict[tuple[Any, ...], Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __call__(self, *arguments: Any) -> Value:
        """Return the value for some arguments, and make it if it is not kept."""
        if arguments not in self._values:
            while len(self._values) >= self._max_values:  # before the new value takes memory too
                self._values.popitem(last=False)
            self._values[arguments] = self._make(*arguments)
        self._values.move_to_end(arguments)
        return self._values[arguments]

    def drop_oldest(self, keep: int = 1) -> bool:
        """Drop the least recently used value.

        Args:
            keep: The number of values to keep in any case.

        Returns:
            Whether a value was dropped.
        """
        if len(self._values) <= keep:
            return False
        self._values.popitem(last=False)
        return True
