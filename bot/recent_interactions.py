"""Remembers interactions, so that one that Discord sends twice is answered once."""

from collections import OrderedDict

_MAX_IDS = 20_000
"""How many ids are remembered; Discord repeats an interaction only within minutes, after a reconnect."""


class RecentInteractions:
    """Remembers the ids of the interactions that this process answers.

    Args:
        most: How many ids it remembers.
    """

    def __init__(self, most: int = _MAX_IDS) -> None:
        self._most = most
        self._ids: OrderedDict[int, None] = OrderedDict()

    def claim(self, interaction_id: int) -> bool:
        """Remember an interaction; returns whether it is new."""
        if interaction_id in self._ids:
            return False
        self._ids[interaction_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True

    def release(self, interaction_id: int) -> None:
        """Forget an interaction that could not be acknowledged, so that a repetition is answered."""
        self._ids.pop(interaction_id, None)
