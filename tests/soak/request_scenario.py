"""One request of a soak run, shared by the tests of outcomes and of invariants."""

import time

from bot.texts.catalogue import packaged_catalogue
from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import COMMAND, Interaction, InteractionContext
from fake_discord.messages import Message, State
from soak.downtime import Downtime
from soak.interactions import SentInteraction
from soak.outcomes import OutcomeClassifier, SentRequest
from soak.request_plan import PlannedRequest
from soak.store_monitor import StoredJob
from soak.uploads import Upload

JOB = "0123456789abcdef"  # pragma: allowlist secret
TEXTS = packaged_catalogue().texts("en-US")
GOOD, BAD = Upload("cat.png", b"a cat"), Upload("notes.png", b"no cat", is_picture=False)


class RequestScenario:
    """One request of one user, with its jobs, the bot's downtimes and the user's other interactions."""

    def __init__(self) -> None:
        self.discord = DiscordServer()
        self.user = self.discord.user
        self.interaction = self.interacted(COMMAND)
        plan = PlannedRequest(1, 0.0, 0, GOOD, {"seed": 1})
        self.request = SentRequest(plan, self.interaction, time.monotonic())
        self.jobs: list[StoredJob] = []
        self.downtimes: list[Downtime] = []
        self.interactions: list[SentInteraction] = []

    def interacted(self, kind: int, component: Message | None = None) -> Interaction:
        context = InteractionContext(self.user, self.discord.channel)
        return Interaction(self.discord.world, self.discord._changes, context, kind, {}, component)

    def delete_data(self, *, asked: float, done: float) -> None:
        """Have the owner ask for the deletion of their data, and the bot confirm it."""
        sent = self.interacted(COMMAND)
        sent.sent_at = self.request.at + asked
        confirmation = State(content=TEXTS("forget-done"), at=self.request.at + done)
        sent.message = Message(self.discord.channel, self.discord.world.bot, confirmation)
        self.interactions.append(SentInteraction("forget-me", sent, sent.sent_at))

    @property
    def classifier(self) -> OutcomeClassifier:
        return OutcomeClassifier(self.discord, self.jobs, self.downtimes, self.interactions)
