"""Decides whether a request may become a job, and stores the job."""

import logging
from collections.abc import Callable

from bot.clock import now
from bot.jobs.runner import Runner
from bot.models import Job, State, new_id
from bot.options import DreamOptions
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.jobs import JobStore
from bot.storage.servers import ServerRules, ServerStore
from bot.submission.downloader import PictureDownloader
from bot.submission.pricing import Pricing, Quote
from bot.submission.requests import Requester, Submission
from bot.telemetry.log import current_job

_log = logging.getLogger(__name__)


class Admission:
    """Checks a request against every rule, and stores it as a job if all of them allow it.

    Args:
        settings: The operator's settings.
        blocklist: The users and servers that the operator has blocked.
        servers: The rules that servers' managers have set.
        downloader: Checks the URLs of pictures.
        pricing: Completes the options and computes the work.
        store: Stores the job and takes its price from the rate limit.
        runner: Estimates when a refused person may try again.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        settings: BotSettings,
        blocklist: Blocklist,
        servers: ServerStore,
        downloader: PictureDownloader,
        pricing: Pricing,
        store: JobStore,
        runner: Runner,
        clock: Callable[[], float] = now,
    ) -> None:
        self._settings = settings
        self._blocklist = blocklist
        self._servers = servers
        self._downloader = downloader
        self._pricing = pricing
        self._store = store
        self._runner = runner
        self._clock = clock

    async def check_place(self, requester: Requester, server_id: int | None) -> ServerRules:
        """Check who requests something, and where.

        Args:
            requester: The person, and the place of the request.
            server_id: The id of the server, even if the bot is not installed there; ``None`` elsewhere.

        Returns:
            The rules of the server.

        Raises:
            Refusal: The person or the server is blocked, or the channel is not allowed.
        """
        await self._blocklist.check(requester.user_id, server_id)
        rules = await self._servers.rules(requester.server_id)
        rules.check_channel(requester.channel_ids)
        return rules

    async def admit(self, submission: Submission) -> Job:
        """Check a request and store it.

        Returns:
            The stored job, whose pictures are not fetched yet.

        Raises:
            DuplicateInteractionError: The same interaction has made a job already.
            DreamError: A rule refuses the request; its sentence tells the person why.
        """
        requester, options = submission.requester, submission.options
        rules = await self.check_place(requester, submission.reply.server_id)
        largest = rules.allowed_size(self._settings.largest_size)
        if submission.source.digest is not None:  # an earlier dream, which a larger limit may have allowed
            options = options.model_copy(update={"size": min(options.size or largest, largest)})
        options = self._pricing.complete(options, preset=rules.preset, largest=largest)
        for image in filter(None, (submission.source, submission.guide, submission.mask)):
            if image.url is not None:
                self._downloader.check(image.url, image.declared_bytes)
        allowance = rules.allowance_of(requester.role_ids, self._settings.allowance)
        quote = self._quote(submission, options)
        job = Job(
            id=new_id(),
            state=State.RECEIVED,
            user_id=requester.user_id,
            server_id=requester.server_id,
            options=options,
            reply=submission.reply,
            created_at=self._clock(),
            source=submission.source.digest,
            source_url=submission.source.url,
            guide=submission.guide.digest if submission.guide else None,
            guide_url=submission.guide.url if submission.guide else None,
            mask=submission.mask.digest if submission.mask else None,
            mask_url=submission.mask.url if submission.mask else None,
            work=quote.work,
            max_running=allowance.running if allowance else self._settings.queue,
            bucket=rules.bucket_of(requester.server_id),
            interaction_id=submission.reply.interaction_id,
            price=allowance.affordable(quote.price) if allowance else 1,
            lenders=submission.lenders,
        )
        retry_at = self._runner.next_free_slot_at(requester.user_id)
        origin_id = None if submission.origin is None else submission.origin.id
        job = await self._store.admit(job, allowance, self._settings.queue, retry_at, origin_id)
        current_job.set(job.id)
        _log.info("Job %s was accepted: preset %s.", job.id, options.preset)
        return job

    def _quote(self, submission: Submission, options: DreamOptions) -> Quote:
        """Compute what a dream costs; one that is tried again costs as much as before.

        The shape of a picture that no dream has shown is unknown, and would count as a square.
        """
        origin = submission.origin
        if origin is not None and origin.motion != "clip" and submission.source.shape is None:
            unchanged = origin.options.model_copy(update={"private": options.private})
            if options == unchanged:
                return self._pricing.quote_again(options, options.motion, origin.work)
        return self._pricing.quote(options, options.motion, submission.source.shape)
