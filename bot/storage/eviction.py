"""Which kept pictures give way when there is no room for another; pure."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that is kept.

    Attributes:
        digest: Its name.
        size: How many bytes it has.
        used_at: When it was used last, in Unix seconds.
        users: The people whose jobs name it.
        is_free: Whether it may be deleted: no open job needs it, and nobody is about to use it.
    """

    digest: str
    size: int
    used_at: float
    users: Collection[int]
    is_free: bool


def choose_evictions(
    pictures: Iterable[KeptPicture], excess: float, user_id: int | None = None, new_bytes: int = 0
) -> tuple[list[str], float]:
    """Choose which pictures give way: first those that no job names, then of whoever takes most, the oldest.

    A picture of several people counts for the one of them who takes least, so that nobody makes another
    person's picture give way by sending the same. For a new picture, nobody gives way who takes less than its
    owner would.

    Args:
        pictures: All that are kept.
        excess: So many bytes too many there are, or would be.
        user_id: Whose picture is new, if there is a new one.
        new_bytes: How large that is.

    Returns:
        The digests, and how many bytes are still too many without them.
    """
    pictures = list(pictures)
    taken: defaultdict[int, int] = defaultdict(int)
    for picture in pictures:
        for user in picture.users:
            taken[user] += picture.size
    if user_id is not None:
        taken[user_id] += new_bytes
    free: defaultdict[int | None, deque[KeptPicture]] = defaultdict(deque)
    for picture in sorted(pictures, key=lambda picture: picture.used_at):
        if picture.is_free:
            free[min(picture.users, key=lambda user: (taken[user], user), default=None)].append(picture)
    chosen: list[str] = []
    while excess > 0 and (next_one := _next_that_gives_way(free, taken, user_id)) is not None:
        chosen.append(next_one.digest)
        excess -= next_one.size
    return chosen, excess


def _next_that_gives_way(
    free: dict[int | None, deque[KeptPicture]], taken: dict[int, int], user_id: int | None
) -> KeptPicture | None:
    """Take the next picture out of those that are free, and count it as its owner's no more."""
    if free.get(None):  # nobody's job names it
        return free[None].popleft()
    able = [
        user
        for user, theirs in free.items()
        if user is not None and theirs and (user_id is None or taken[user] >= taken[user_id])
    ]
    if not able:
        return None
    heaviest = max(able, key=lambda user: (taken[user], user == user_id))
    picture = free[heaviest].popleft()
    taken[heaviest] -= picture.size
    return picture
