"""A simulated Discord server, and one-line helpers for its members' actions and messages."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

import discord
from PIL import Image
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.models import Job, State
from bot.settings import BotSettings
from dream_engine.executors.base import DreamExecutor
from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import TIMEOUT_SECONDS, Simulation
from tests.bot.scripted_executor import ScriptedDream, ScriptedExecutor


def picture(width: int = 96, height: int = 64, colour: str = "teal", file_format: str = "png") -> bytes:
    """A small picture with a gradient."""
    image = Image.new("RGB", (width, height), colour)
    image.paste(Image.linear_gradient("L").resize((width // 2, height)).convert("RGB"), (0, 0))
    buffer = io.BytesIO()
    image.save(buffer, file_format)
    return buffer.getvalue()


def photograph() -> bytes:
    """A JPEG with a camera's metadata: its model, location and orientation."""
    exif = Image.Exif()
    exif[0x0110] = "Secret Camera 7"
    exif[0x0112] = 6  # rotated
    exif.get_ifd(0x8825)[1] = "N"
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture())).save(buffer, "jpeg", exif=exif)
    return buffer.getvalue()


class SimulatedServer(Simulation):
    """A simulated server with some members.

    Attributes:
        general: A channel that every member can see.
        alice: An ordinary member.
        bob: Another ordinary member.
        moderator: A member who can manage messages.
        manager: A member who can manage the server.
    """

    @classmethod
    @contextlib.asynccontextmanager
    async def populated(cls, settings: BotSettings, executor: DreamExecutor) -> AsyncIterator[Self]:
        """Run a simulated server in which the bot is ready."""
        async with cls.running(settings, executor) as server:
            guild = server.guild = server.env.create_guild("Dreamers")
            server.general = guild.create_text_channel("general")
            server.alice, server.bob = server.add_member("alice"), server.add_member("bob")
            server.moderator = server.add_member("moderator", manage_messages=True)
            server.manager = server.add_member("manager", manage_guild=True)
            await server.env.settle()
            yield server

    def add_member(self, name: str, roles: Sequence[Any] = (), **permissions: bool) -> MemberActor:
        """Add a member."""
        if permissions:
            role = self.guild.create_role(f"role of {name}", permissions=discord.Permissions(**permissions))
            roles = (*roles, role)
        return self.guild.add_member(self.env.create_user(name), roles=roles)

    @property
    def script(self) -> ScriptedExecutor:
        """The scripted executor."""
        assert isinstance(self.executor, ScriptedExecutor)
        return self.executor

    async def submit(
        self,
        member: MemberActor | None = None,
        content: bytes | None = None,
        *,
        name: str = "cat.png",
        channel: ChannelHandle | None = None,
        **options: Any,
    ) -> InteractionResult:
        """Use ``/dream`` as a member, by default Alice."""
        options = {option.replace("_", "-"): value for option, value in options.items()}
        image = (name, picture() if content is None else content)
        return await (member or self.alice).slash(channel or self.general, "dream", image=image, **options)

    async def start_dream(
        self, member: MemberActor | None = None, **options: Any
    ) -> tuple[Any, ScriptedDream]:
        """Use ``/dream``; returns the interaction and the dream that it started."""
        interaction = await self.submit(member, **options)
        return interaction, await self.script.next_dream()

    async def complete_dream(self, member: MemberActor | None = None, **options: Any) -> ResponseMessage:
        """Use ``/dream`` and finish the dream; returns the message that carries it."""
        interaction, dream = await self.start_dream(member, **options)
        dream.finish()
        return await self.answer(interaction)

    async def answer(self, interaction: InteractionResult) -> ResponseMessage:
        """Wait for the response that carries the dream."""

        def found() -> ResponseMessage | None:
            response = interaction.response
            return response if response and is_result(response) else None

        message = await self.until(found)
        await self.until_recorded()
        return message

    async def until_shown(self, interaction: InteractionResult, *words: str) -> str:
        """Wait until the response contains all the words; returns its text."""

        def text() -> str | None:
            shown = "" if interaction.response is None else text_of(interaction.response)
            return shown if shown and all(word in shown for word in words) else None

        return await self.until(text)

    async def confirm(
        self, member: MemberActor, interaction: InteractionResult, *, label: str = "Delete"
    ) -> InteractionResult:
        """Answer the private question that an interaction has asked, with its button that deletes."""
        (question,) = [message for message in all_answers(interaction) if "Keep" in labels_of(message)]
        assert question.ephemeral
        assert labels_of(question) == [label, "Keep"]
        return await member.click(question, label=label)

    async def delete_dream(self, member: MemberActor, message: Any) -> InteractionResult:
        """Click *Delete* below a dream, and confirm it."""
        return await self.confirm(member, await member.click(message, label="Delete"))

    async def forget(self, member: MemberActor) -> InteractionResult:
        """Use ``/forget-me``, and confirm it."""
        asked = await member.slash(self.general, "forget-me")
        return await self.confirm(member, asked, label="Delete everything")

    async def private_text(self, interaction: InteractionResult) -> str:
        """Wait for an ephemeral response without files; returns its text."""
        await self.until(lambda: [message for message in all_answers(interaction) if text_of(message)])
        (message,) = all_answers(interaction)
        assert message.ephemeral
        assert not message.attachments
        return text_of(message)

    async def job(self, job_id: str) -> Job:
        """Read a job from the store."""
        job = await self.services.store.get(job_id)
        assert job is not None
        return job

    async def only_job(self, member: MemberActor | None = None, *states: State) -> Job:
        """Read the only job of a member, by default Alice."""
        (job,) = await self.services.store.of_user((member or self.alice).id, *(states or tuple(State)))
        return job

    async def until_recorded(self) -> None:
        """Wait until the pending answers are sent and stored."""
        answers = self.services.completer._answers
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while answers:
                await asyncio.wait(tuple(answers))

    async def until_idle(self) -> None:
        """Wait until every ended dream is answered and its end is stored."""
        runner = self.services.runner
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while tasks := [active.task for active in runner._active.values() if active.task]:
                await asyncio.wait(tasks)
        await self.until_recorded()

    def messages_with_dreams(self) -> set[int]:
        """The ids of the messages that have ever shown a finished dream."""
        shown = [(number, files) for what, number, _, files in self.recorder.log if what != "deleted"]
        return {number for number, files in shown if any(name.startswith("dream-") for name in files)}

    async def file_of(self, message: Any) -> Image.Image:
        """Decode the picture that a message carries."""
        content = self.content_of(message)
        image = Image.open(io.BytesIO(content))
        image.load()
        return image

    def content_of(self, message: Any) -> bytes:
        """Return the content of a message's file."""
        (attachment,) = message.attachments
        content = self.env.backend.cdn.get(attachment.url)
        assert content is not None
        return content


def is_result(message: Any) -> bool:
    """Whether a message carries a finished dream."""
    return any(file.filename.removeprefix("SPOILER_").startswith("dream-") for file in message.attachments)


def all_answers(interaction: InteractionResult) -> list[ResponseMessage]:
    """The existing responses of an interaction."""
    return [message for message in (interaction.response, *interaction.followups) if message is not None]
