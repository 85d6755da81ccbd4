"""A simulated Discord with a server and people in it, and what they do there in one line."""

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
from fake_discord.simcord_additions import text_of
from fake_discord.simulation import TIMEOUT_SECONDS, Simulation
from tests.bot.scripted_executor import ScriptedDream, ScriptedExecutor


def picture(width: int = 96, height: int = 64, colour: str = "teal", file_format: str = "png") -> bytes:
    """A small picture that is not one colour only."""
    image = Image.new("RGB", (width, height), colour)
    image.paste(Image.linear_gradient("L").resize((width // 2, height)).convert("RGB"), (0, 0))
    buffer = io.BytesIO()
    image.save(buffer, file_format)
    return buffer.getvalue()


def photograph() -> bytes:
    """A JPEG with a camera's metadata: its model, where it was, and how it was held."""
    exif = Image.Exif()
    exif[0x0110] = "Secret Camera 7"
    exif[0x0112] = 6  # turn it to look at it
    exif.get_ifd(0x8825)[1] = "N"
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture())).save(buffer, "jpeg", exif=exif)
    return buffer.getvalue()


class SimulatedServer(Simulation):
    """A server with people in it.

    Attributes:
        square: A channel that everybody sees.
        alice: Somebody.
        bob: Somebody else.
        moderator: May manage messages.
        manager: May manage the server.
    """

    @classmethod
    @contextlib.asynccontextmanager
    async def populated(cls, settings: BotSettings, executor: DreamExecutor) -> AsyncIterator[Self]:
        """A town whose bot serves."""
        async with cls.running(settings, executor) as server:
            guild = server.guild = server.env.create_guild("Dreamers")
            server.square = guild.create_text_channel("square")
            server.alice, server.bob = server.somebody("alice"), server.somebody("bob")
            server.moderator = server.somebody("moderator", manage_messages=True)
            server.manager = server.somebody("keeper", manage_guild=True)
            await server.env.settle()
            yield server

    def somebody(self, name: str, roles: Sequence[Any] = (), **permissions: bool) -> MemberActor:
        """One more member."""
        if permissions:
            role = self.guild.create_role(f"role of {name}", permissions=discord.Permissions(**permissions))
            roles = (*roles, role)
        return self.guild.add_member(self.env.create_user(name), roles=roles)

    @property
    def script(self) -> ScriptedExecutor:
        """The executor, which does as it is told."""
        assert isinstance(self.executor, ScriptedExecutor)
        return self.executor

    # What people do.

    async def submit(
        self,
        who: MemberActor | None = None,
        content: bytes | None = None,
        *,
        name: str = "cat.png",
        where: ChannelHandle | None = None,
        **options: Any,
    ) -> InteractionResult:
        """Somebody uses ``/dream``."""
        options = {option.replace("_", "-"): value for option, value in options.items()}
        image = (name, picture() if content is None else content)
        return await (who or self.alice).slash(where or self.square, "dream", image=image, **options)

    async def begun(self, who: MemberActor | None = None, **options: Any) -> tuple[Any, ScriptedDream]:
        """Somebody's ``/dream``, and the dream that it began."""
        asked = await self.submit(who, **options)
        return asked, await self.script.begun()

    async def dreamed(self, who: MemberActor | None = None, **options: Any) -> ResponseMessage:
        """Somebody's dream, finished: the message that carries it."""
        asked, dream = await self.begun(who, **options)
        dream.finish()
        return await self.answer(asked)

    # What is seen.

    async def answer(self, asked: InteractionResult) -> ResponseMessage:
        """What carries the dream that was asked for, once it is there."""

        def found() -> ResponseMessage | None:
            response = asked.response
            return response if response and is_result(response) else None

        message = await self.until(found)
        await self.over()
        return message

    async def says(self, asked: InteractionResult, *words: str) -> str:
        """What the answer to somebody says, once these words are in it."""

        def text() -> str | None:
            said = "" if asked.response is None else text_of(asked.response)
            return said if said and all(word in said for word in words) else None

        return await self.until(text)

    async def whispers(self, asked: InteractionResult) -> str:
        """What was said to who asked alone, in place of an answer to everybody."""
        await self.until(lambda: [message for message in all_answers(asked) if text_of(message)])
        (message,) = all_answers(asked)
        assert message.ephemeral
        assert not message.attachments
        return text_of(message)

    async def job(self, job_id: str) -> Job:
        """A job as it is kept."""
        job = await self.services.store.get(job_id)
        assert job is not None
        return job

    async def only_job(self, who: MemberActor | None = None, *states: State) -> Job:
        """The one job that somebody has."""
        (job,) = await self.services.store.of_user((who or self.alice).id, *(states or tuple(State)))
        return job

    async def over(self) -> None:
        """Let what is being told to people be written down."""
        pending_message = self.services.completer._answering
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while pending_message:
                await asyncio.wait(tuple(pending_message))

    async def quiet(self) -> None:
        """Let every dream that was ended be written down and told."""
        runner = self.services.runner
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while tasks := [active.task for active in runner._active.values() if active.task]:
                await asyncio.wait(tasks)
        await self.over()

    def messages_with_dreams(self) -> set[int]:
        """The messages that ever showed a finished dream."""
        shown = [(number, files) for what, number, _, files in self.recorder.log if what != "deleted"]
        return {number for number, files in shown if any(name.startswith("dream-") for name in files)}

    async def file_of(self, message: Any) -> Image.Image:
        """The picture that a message carries."""
        content = self.content_of(message)
        image = Image.open(io.BytesIO(content))
        image.load()
        return image

    def content_of(self, message: Any) -> bytes:
        """The content of a message's file."""
        (attachment,) = message.attachments
        content = self.env.backend.cdn.get(attachment.url)
        assert content is not None
        return content


def is_result(message: Any) -> bool:
    """Whether a message carries a finished dream."""
    return any(file.filename.removeprefix("SPOILER_").startswith("dream-") for file in message.attachments)


def all_answers(asked: InteractionResult) -> list[ResponseMessage]:
    """All that the interaction was answered by and that is there still."""
    return [message for message in (asked.response, *asked.followups) if message is not None]
