"""Which interactions are being answered, so that one that Discord sends twice is answered once."""

from collections import OrderedDict

_MOST = 20_000
"""So many are remembered: Discord sends one again within minutes, after a connection was resumed."""


class RecentInteractions:
    """Remembers the ids of the interactions that this process answers.

    Args:
        most: How many it remembers.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._ids: OrderedDict[int, None] = OrderedDict()

    def claim(self, interaction_id: int) -> bool:
        """Answer an interaction; returns whether it is new."""
        if interaction_id in self._ids:
            return False
        self._ids[interaction_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True

    def release(self, interaction_id: int) -> None:
        """It could not be acknowledged: if it comes again, that is another chance."""
        self._ids.pop(interaction_id, None)
