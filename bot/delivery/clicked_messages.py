"""Remembers the messages whose buttons were clicked, so that they can be deleted after a question."""

from collections import OrderedDict

from bot.models import Reply

_MAX_REPLIES = 2000


class ClickedMessages:
    """Keeps the replies of clicks, whose tokens can delete the messages that were clicked.

    Only such a token can delete a private message, or one in a channel that the bot itself is not in. The
    tokens are valid for 15 minutes. Those of messages that the bot itself
    cannot delete are also stored with their jobs.

    Args:
        max_replies: How many replies it keeps; the oldest are dropped.
    """

    def __init__(self, max_replies: int = _MAX_REPLIES) -> None:
        self._max_replies = max_replies
        self._replies: OrderedDict[tuple[int, int], Reply] = OrderedDict()

    def remember(self, message_id: int, reply: Reply) -> None:
        """Keep the reply of a click on a message."""
        key = message_id, reply.user_id
        self._replies[key] = reply
        self._replies.move_to_end(key)
        if len(self._replies) > self._max_replies:
            self._replies.popitem(last=False)

    def reply(self, message_id: int, user_id: int) -> Reply | None:
        """Return the reply of a user's last click on a message, if it is kept."""
        return self._replies.get((message_id, user_id))
