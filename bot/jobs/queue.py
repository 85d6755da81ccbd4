"""The fair queue: people take turns, however many jobs each of them has."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
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
        is_motion: Whether it is a motion, which shares its worker with stills between chunks.
    """

    turn: int
    job_id: str
    user_id: int
    seconds: float | None
    max_running: int
    is_motion: bool = False

    def may_run_beside(self, running: Counter[int]) -> bool:
        """Return whether the job may start.

        Args:
            running: The number of running jobs by owner.
        """
        return running[self.user_id] < self.max_running


_turn = attrgetter("turn")

Slowdown = Callable[[int], float]
"""From how many jobs run at once to how many times as long each of them takes as alone."""


def never_slower(_: int) -> float:
    """The slowdown of jobs that share nothing."""
    return 1.0


class Slots:
    """Decides whether another job may start.

    A motion needs a free worker. A still also starts beside a motion, because the executor gives it the
    worker after the motion's present chunk; so motions delay stills by one chunk at most.

    Args:
        workers: How many jobs can run at the same time.
        stills: How many stills run.
        motions: How many motions run.
    """

    def __init__(self, workers: int, stills: int = 0, motions: int = 0) -> None:
        self._workers = workers
        self.stills = stills
        self.motions = motions

    @property
    def are_shared(self) -> bool:
        """Whether more jobs run than there are workers, so that motions wait between chunks."""
        return self.stills + self.motions > self._workers

    def admits(self, *, is_motion: bool) -> bool:
        """Return whether a motion, or a still, may start."""
        occupied = self.stills + (self.motions if is_motion else 0)
        return occupied < self._workers


@dataclass(frozen=True, slots=True)
class Running:
    """A running job.

    Attributes:
        user_id: Its owner's id.
        seconds_left: The estimated seconds until it ends; ``None`` if unknown.
        is_motion: Whether it is a motion.
        chunk_seconds: How long a chunk of the motion takes.
    """

    user_id: int
    seconds_left: float | None
    is_motion: bool = False
    chunk_seconds: float = 0.0


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
        self,
        job_id: str,
        user_id: int,
        turn: int,
        seconds: float | None = None,
        max_running: int = 1,
        *,
        is_motion: bool = False,
    ) -> None:
        """Add a job.

        Args:
            job_id: The job's id.
            user_id: Its owner's id.
            turn: The turn from :meth:`turn_for`.
            seconds: Its estimated duration.
            max_running: How many jobs of its owner may run at the same time.
            is_motion: Whether it is a motion.
        """
        self._waiting[job_id] = Waiting(turn, job_id, user_id, seconds, max_running, is_motion)

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

    def take(self, running: Counter[int], slots: Slots | None = None) -> str | None:
        """Remove the next job that may start; returns its id, or ``None`` if there is none.

        Args:
            running: The number of running jobs by owner.
            slots: Decides whether a still or a motion may start; ``None`` if both may.
        """
        candidates = (
            waiting
            for waiting in self._waiting.values()
            if waiting.may_run_beside(running)
            and (slots is None or slots.admits(is_motion=waiting.is_motion))
        )
        chosen = min(candidates, key=_turn, default=None)
        if chosen is None:
            return None
        del self._waiting[chosen.job_id]
        self._round = max(self._round, chosen.turn)
        self._served[chosen.user_id] = chosen.turn
        self._last_turns = {user: turn for user, turn in self._last_turns.items() if turn >= self._round}
        self._served = {user: turn for user, turn in self._served.items() if turn >= self._round}
        return chosen.job_id

    def forecast(
        self, running: Sequence[Running], workers: int, slowdown: Slowdown = never_slower
    ) -> dict[str, Forecast]:
        """Simulate the queue from now on.

        Args:
            running: The running jobs.
            workers: How many jobs can run at the same time.
            slowdown: Returns how many times as long a job takes among a number of jobs that run at once.

        Returns:
            The forecast of each waiting job, by id.
        """
        left = sorted(self._waiting.values(), key=_turn)
        simulation = _Simulation(running, workers, slowdown)
        forecasts: dict[str, Forecast] = {}
        while left:
            following = simulation.next_of(left)
            if following is None:
                simulation.end_next()
                continue
            left.remove(following)
            done = simulation.start(following)
            seconds = None if done == _UNKNOWN else done
            forecasts[following.job_id] = Forecast(len(forecasts) + 1, seconds)
        return forecasts


_UNKNOWN = float("inf")


@dataclass(slots=True)
class _Simulated:
    """A job that runs in a simulation.

    Attributes:
        end: When it ends, in seconds from now.
        job: Its owner, and whether it is a motion.
    """

    end: float
    job: Running | Waiting


class _Simulation:
    """Simulates which jobs run when.

    Args:
        running: The running jobs.
        workers: How many jobs can run at the same time.
        slowdown: Returns how many times as long a job takes among a number of jobs that run at once.
    """

    def __init__(self, running: Sequence[Running], workers: int, slowdown: Slowdown) -> None:
        self._now = 0.0
        self._workers = workers
        self._slowdown = slowdown
        self._running = [
            _Simulated(_UNKNOWN if job.seconds_left is None else job.seconds_left, job) for job in running
        ]

    @property
    def _slots(self) -> Slots:
        motions = sum(one.job.is_motion for one in self._running)
        return Slots(self._workers, len(self._running) - motions, motions)

    def next_of(self, waiting: Sequence[Waiting]) -> Waiting | None:
        """Return the first of some jobs that may start now; ``None`` if none may."""
        owners, slots = Counter(one.job.user_id for one in self._running), self._slots
        return next(
            (one for one in waiting if one.may_run_beside(owners) and slots.admits(is_motion=one.is_motion)),
            None,
        )

    def end_next(self) -> None:
        """Go on to the end of the job that ends first."""
        ended = min(self._running, key=attrgetter("end"))
        self._running.remove(ended)
        self._now = ended.end

    def start(self, waiting: Waiting) -> float:
        """Start a job now; returns when it ends.

        A still that shares its worker waits for a chunk, and the motion waits for the still.
        """
        seconds = _UNKNOWN if waiting.seconds is None else waiting.seconds
        seconds *= self._slowdown(min(len(self._running) + 1, self._workers))
        started = _Simulated(self._now + seconds, waiting)
        self._running.append(started)
        motions = [one for one in self._running if one.job.is_motion and one is not started]
        if motions and not waiting.is_motion and self._slots.are_shared:
            shared = min(motions, key=attrgetter("end"))
            started.end += shared.job.chunk_seconds if isinstance(shared.job, Running) else 0.0
            shared.end += seconds
        return started.end
