"""A cache of what is costly to make, which forgets what was not used for longest."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class LruCache(Generic[Value]):
    """Makes values, and keeps those that were used last.

    Unlike :func:`functools.lru_cache`, it can let go of one value at a time.

    Args:
        most: How many are kept at most.
        make: Makes the value for some arguments.
    """

    def __init__(self, most: int, make: Callable[..., Value]) -> None:
        self._most = most
        self._make = make
        self._values: OrderedDict[tuple[Any, ...], Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __call__(self, *arguments: Any) -> Value:
        """The value for some arguments, made where it is not kept."""
        if arguments not in self._values:
            while len(self._values) >= self._most:  # before the new one, or both would be in memory
                self._values.popitem(last=False)
            self._values[arguments] = self._make(*arguments)
        self._values.move_to_end(arguments)
        return self._values[arguments]

    def drop_oldest(self, keep: int = 1) -> bool:
        """Let go of the value that was not used for longest.

        Args:
            keep: How many values stay in any case.

        Returns:
            Whether there was a value to let go of.
        """
        if len(self._values) <= keep:
            return False
        self._values.popitem(last=False)
        return True
