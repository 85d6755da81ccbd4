"""Who is next: people take turns, whoever asked for how much."""

import heapq
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits.

    Attributes:
        turn: In which round it is served.
        job_id: Its id.
        user_id: Whose job it is.
        seconds: How long it will take, estimated.
        max_running: How many jobs of that person may be dreamed at once.
    """

    turn: int
    job_id: str
    user_id: int
    seconds: float | None
    max_running: int

    def may_run_beside(self, running: Counter[int]) -> bool:
        """Whether it may be begun.

        Args:
            running: How many jobs of each person are being dreamed.
        """
        return running[self.user_id] < self.max_running


_turn = attrgetter("turn")


@dataclass(frozen=True, slots=True)
class Running:
    """A job that is being dreamed.

    Attributes:
        user_id: Whose job it is.
        seconds_left: How long it still takes, estimated.
    """

    user_id: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What somebody who waits can be told.

    Attributes:
        place: The place in the queue; 1 is next.
        seconds: In how many seconds the job is done, estimated; ``None`` while too little is known.
    """

    place: int
    seconds: float | None


class FairQueue:
    """Start-time fair queueing with everybody's jobs of the same weight.

    Every round serves each person once. A newcomer enters the round that is being served; a person's further
    jobs each enter the round after the one before, so that twenty jobs of one delay another's by one at most.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}  # in the order of arrival
        self._round = 0
        self._last_turns: dict[int, int] = {}
        self._served: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def turn_for(self, user_id: int) -> int:
        """The turn of a person's next job; whoever asks has it."""
        turn = max(self._round, self._last_turns.get(user_id, 0) + 1)
        self._last_turns[user_id] = turn
        return turn

    def add(
        self, job_id: str, user_id: int, turn: int, seconds: float | None = None, max_running: int = 1
    ) -> None:
        """Let a job wait.

        Args:
            job_id: The job.
            user_id: Whose it is.
            turn: What :meth:`turn_for` said.
            seconds: How long it will take, estimated.
            max_running: How many jobs of that person may be dreamed at once.
        """
        self._waiting[job_id] = Waiting(turn, job_id, user_id, seconds, max_running)

    def resume(self, turns: Collection[tuple[int, int]]) -> None:
        """Go on with the rounds of before a restart.

        Args:
            turns: Each job that waits, by whose it is and its turn.
        """
        self._round = min((turn for _, turn in turns), default=0)
        self._last_turns = dict(sorted(turns, key=itemgetter(1)))

    def remove(self, job_id: str) -> bool:
        """Let a job wait no longer, and give its turn back; returns whether it waited."""
        removed = self._waiting.pop(job_id, None)
        if removed is None:
            return False
        left = [waiting.turn for waiting in self._waiting.values() if waiting.user_id == removed.user_id]
        self._last_turns[removed.user_id] = max(left, default=self._served.get(removed.user_id, 0))
        return True

    def take(self, running: Counter[int]) -> str | None:
        """The next job, which waits no longer.

        Args:
            running: How many jobs of each person are being dreamed.
        """
        beginnable = (waiting for waiting in self._waiting.values() if waiting.may_run_beside(running))
        chosen = min(beginnable, key=_turn, default=None)
        if chosen is None:
            return None
        del self._waiting[chosen.job_id]
        self._round = max(self._round, chosen.turn)
        self._served[chosen.user_id] = chosen.turn
        self._last_turns = {user: turn for user, turn in self._last_turns.items() if turn >= self._round}
        self._served = {user: turn for user, turn in self._served.items() if turn >= self._round}
        return chosen.job_id

    def forecast(self, running: Sequence[Running], workers: int) -> dict[str, Forecast]:
        """Play the queue through, as it stands.

        Args:
            running: What is being dreamed.
            workers: How many dreams can run at once.

        Returns:
            What each job that waits can be told.
        """
        left = sorted(self._waiting.values(), key=_turn)
        unknown = float("inf")
        now = 0.0
        # When each worker is free, and whose job it has until then.
        ends = [(unknown if job.seconds_left is None else job.seconds_left, job.user_id) for job in running]
        heapq.heapify(ends)
        forecasts: dict[str, Forecast] = {}
        while left:
            busy = Counter(user for _, user in ends)
            following = next((waiting for waiting in left if waiting.may_run_beside(busy)), None)
            if len(ends) >= workers or following is None:
                now, _ = heapq.heappop(ends)
                continue
            left.remove(following)
            done = now + (unknown if following.seconds is None else following.seconds)
            heapq.heappush(ends, (done, following.user_id))
            forecasts[following.job_id] = Forecast(len(forecasts) + 1, None if done == unknown else done)
        return forecasts
