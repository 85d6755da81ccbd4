"""The fair queue: people take turns, however many jobs each of them has."""

import heapq
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting job.

    Attributes:
        turn: The round in which it is served.
        job_id: Its id.
        user_id: Its owner's id.
        seconds: Its estimated duration.
        max_running: How many jobs of its owner may run at the same time.
    """

    turn: int
    job_id: str
    user_id: int
    seconds: float | None
    max_running: int

    def may_run_beside(self, running: Counter[int]) -> bool:
        """Return whether the job may start.

        Args:
            running: The number of running jobs by owner.
        """
        return running[self.user_id] < self.max_running


_turn = attrgetter("turn")


@dataclass(frozen=True, slots=True)
class Running:
    """A running job.

    Attributes:
        user_id: Its owner's id.
        seconds_left: The estimated seconds until it ends; ``None`` if unknown.
    """

    user_id: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a waiting job.

    Attributes:
        place: The place in the queue; 1 is next.
        seconds: The estimated seconds until the job is done; ``None`` if unknown.
    """

    place: int
    seconds: float | None


class FairQueue:
    """Start-time fair queueing in which all jobs have the same weight.

    Each round serves every person once. A newcomer joins the current round. Each further job of a person
    joins the round after that person's last one, so twenty jobs of one person delay another person by one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}  # in order of arrival
        self._round = 0
        self._last_turns: dict[int, int] = {}
        self._served: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def turn_for(self, user_id: int) -> int:
        """Take the turn of a person's next job."""
        turn = max(self._round, self._last_turns.get(user_id, 0) + 1)
        self._last_turns[user_id] = turn
        return turn

    def add(
        self, job_id: str, user_id: int, turn: int, seconds: float | None = None, max_running: int = 1
    ) -> None:
        """Add a job.

        Args:
            job_id: The job's id.
            user_id: Its owner's id.
            turn: The turn from :meth:`turn_for`.
            seconds: Its estimated duration.
            max_running: How many jobs of its owner may run at the same time.
        """
        self._waiting[job_id] = Waiting(turn, job_id, user_id, seconds, max_running)

    def resume(self, turns: Collection[tuple[int, int]]) -> None:
        """Continue with the rounds from before a restart.

        Args:
            turns: The owner's id and the turn of each waiting job.
        """
        self._round = min((turn for _, turn in turns), default=0)
        self._last_turns = dict(sorted(turns, key=itemgetter(1)))

    def remove(self, job_id: str) -> bool:
        """Remove a job and return its turn; returns whether the job was in the queue."""
        removed = self._waiting.pop(job_id, None)
        if removed is None:
            return False
        left = [waiting.turn for waiting in self._waiting.values() if waiting.user_id == removed.user_id]
        self._last_turns[removed.user_id] = max(left, default=self._served.get(removed.user_id, 0))
        return True

    def take(self, running: Counter[int]) -> str | None:
        """Remove the next job that may start; returns its id, or ``None`` if there is none.

        Args:
            running: The number of running jobs by owner.
        """
        candidates = (waiting for waiting in self._waiting.values() if waiting.may_run_beside(running))
        chosen = min(candidates, key=_turn, default=None)
        if chosen is None:
            return None
        del self._waiting[chosen.job_id]
        self._round = max(self._round, chosen.turn)
        self._served[chosen.user_id] = chosen.turn
        self._last_turns = {user: turn for user, turn in self._last_turns.items() if turn >= self._round}
        self._served = {user: turn for user, turn in self._served.items() if turn >= self._round}
        return chosen.job_id

    def forecast(self, running: Sequence[Running], workers: int) -> dict[str, Forecast]:
        """Simulate the queue from now on.

        Args:
            running: The running jobs.
            workers: How many jobs can run at the same time.

        Returns:
            The forecast of each waiting job, by id.
        """
        left = sorted(self._waiting.values(), key=_turn)
        unknown = float("inf")
        now = 0.0
        # When each worker will be free, and the owner of its job until then.
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
