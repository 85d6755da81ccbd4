"""Chooses the pictures to evict when the storage limit is reached. Pure functions."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A stored picture.

    Attributes:
        digest: Its digest, which is also its file name.
        size: Its size in bytes.
        used_at: When it was last used, in Unix seconds.
        users: The users whose jobs reference it.
        is_free: Whether it may be deleted: no open job needs it, and no task holds it.
    """

    digest: str
    size: int
    used_at: float
    users: Collection[int]
    is_free: bool


def choose_evictions(
    pictures: Iterable[KeptPicture], excess: float, user_id: int | None = None, new_bytes: int = 0
) -> tuple[list[str], float]:
    """Choose pictures to evict: first those that no job references, then the oldest of the largest users.

    A picture that several users share counts towards the one with the lowest usage, so that uploading another
    user's picture cannot get it evicted. A new picture never evicts pictures of a user whose usage is below
    its owner's.

    Args:
        pictures: All stored pictures.
        excess: The number of bytes by which the pictures exceed, or would exceed, the limit.
        user_id: The owner of the new picture, if there is one.
        new_bytes: The size of the new picture in bytes.

    Returns:
        The digests to evict, and the excess in bytes that remains afterwards.
    """
    pictures = list(pictures)
    usage: defaultdict[int, int] = defaultdict(int)
    for picture in pictures:
        for user in picture.users:
            usage[user] += picture.size
    if user_id is not None:
        usage[user_id] += new_bytes
    evictable: defaultdict[int | None, deque[KeptPicture]] = defaultdict(deque)
    for picture in sorted(pictures, key=lambda picture: picture.used_at):
        if picture.is_free:
            owner = min(picture.users, key=lambda user: (usage[user], user), default=None)
            evictable[owner].append(picture)
    chosen: list[str] = []
    while excess > 0 and (evicted := _pop_next(evictable, usage, user_id)) is not None:
        chosen.append(evicted.digest)
        excess -= evicted.size
    return chosen, excess


def _pop_next(
    evictable: dict[int | None, deque[KeptPicture]], usage: dict[int, int], user_id: int | None
) -> KeptPicture | None:
    """Remove the next picture to evict from the evictable ones and from its owner's usage."""
    if evictable.get(None):  # pictures that no job references
        return evictable[None].popleft()
    candidates = [
        user
        for user, pictures in evictable.items()
        if user is not None and pictures and (user_id is None or usage[user] >= usage[user_id])
    ]
    if not candidates:
        return None
    largest = max(candidates, key=lambda user: (usage[user], user == user_id))
    picture = evictable[largest].popleft()
    usage[largest] -= picture.size
    return picture
