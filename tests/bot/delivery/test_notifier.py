"""Owners are told how their jobs ended."""

import pytest

from bot.delivery.retry import BusyError, DeliveryError, ExpiredError, ForbiddenError, GoneError
from bot.models import State
from tests.bot.delivery.recording_transport import a_card
from tests.bot.records import NOW, a_job, a_reply


@pytest.mark.parametrize(
    ("state", "title"), [(State.CANCELLED, "Cancelled: Mild"), (State.FAILED, "Didn't work: Mild")]
)
async def test_the_end_replaces_the_card(notifier, transport, state, title):
    await notifier.tell(a_job(state=state), "It is over.")
    route, _, text = transport.arrived[0]
    assert route == "interaction"
    assert title in text
    assert "It is over." in text


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
async def test_the_end_replaces_the_card_in_the_channel_once_the_token_has_expired(
    notifier, transport, state
):
    transport.errors = {"interaction": ExpiredError()}
    await notifier.tell(a_job(state=state), "It is over.")
    assert "It is over." in transport.channel_edits[0]
    assert transport.arrived == []


async def test_a_cancelled_job_sends_no_direct_message(notifier, transport):
    transport.errors = {"interaction": ExpiredError()}
    await notifier.tell(a_job(state=State.CANCELLED, reply=a_reply(private=True)), "It is over.")
    assert transport.tried == ["interaction"]


async def test_a_failed_job_sends_a_direct_message_if_its_card_cannot_be_edited(notifier, transport):
    transport.errors = {"interaction": ExpiredError()}
    await notifier.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.")
    route, _, text = transport.arrived[0]
    assert route == "dm"
    assert "It failed." in text


async def test_a_refused_job_is_told_privately(notifier, transport):
    await notifier.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((route, _, text),) = transport.arrived
    assert route == "answer privately"
    assert "That picture is damaged." in text


@pytest.mark.parametrize("ended_at", [None, NOW], ids=["not stored", "stored"])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_card_is_deleted_after_the_refusal_is_sent_if_the_end_is_not_stored(
    notifier, transport, ended_at, shown
):
    job = a_job(state=State.REFUSED, ended_at=ended_at)
    card = notifier.live_card(job)
    if shown:
        card.show(a_card)
        await card.answered.wait()
    await notifier.tell(job, "That picture is damaged.")
    assert transport.send_first == (shown and ended_at is None)


async def test_a_refused_job_whose_token_has_expired_is_told_only_in_a_direct_message(notifier, transport):
    transport.errors = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    await notifier.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((route, _, text),) = transport.arrived
    assert route == "dm"
    assert "That picture is damaged." in text
    assert (
        "I couldn't dream this picture. I've told the person who sent it why." in transport.channel_edits[0]
    )
    assert "damaged" not in transport.channel_edits[0]


@pytest.mark.parametrize("error", [ExpiredError(), GoneError(), DeliveryError()])
async def test_an_end_that_cannot_be_told_is_logged(notifier, transport, error, caplog):
    caplog.set_level("INFO", logger="bot")
    transport.errors = dict.fromkeys(("interaction", "channel", "dm", "answer privately"), error)
    await notifier.tell_paused(a_job())
    await notifier.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    await notifier.tell(a_job(state=State.FAILED), "It failed.")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]


@pytest.mark.parametrize("state", [State.FAILED, State.REFUSED])
@pytest.mark.parametrize(("was_told", "sent"), [(True, []), (False, ["dm"])])
async def test_a_direct_message_from_before_a_restart_is_not_repeated(
    notifier, transport, state, was_told, sent
):
    transport.errors = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    transport.dm_texts = {"It is over."} if was_told else ()
    job = a_job(state=state, reply=a_reply(private=True))
    await notifier.tell(job, "It is over.", again=True)
    assert [route for route, _, _ in transport.arrived] == sent


async def test_a_first_direct_message_looks_nothing_up(notifier, transport):
    transport.errors = {"interaction": ExpiredError()}
    transport.dm_texts = {"It is over."}
    await notifier.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It is over.")
    assert [route for route, _, _ in transport.arrived] == ["dm"]


@pytest.mark.parametrize("state", [State.DELIVERED, State.KEPT])
async def test_a_pending_message_about_a_dream_goes_only_to_its_card(notifier, transport, state):
    await notifier.tell(a_job(state=state), "The dream is elsewhere.", again=True)
    ((route, _, text),) = transport.arrived
    assert route == "interaction"
    assert "The dream is elsewhere." in text


async def test_the_card_of_a_paused_job_says_so(notifier, transport):
    job = a_job()
    card = notifier.live_card(job)
    await notifier.tell_paused(job)
    ((route, _, text),) = transport.arrived
    assert route == "interaction"
    assert "I'm restarting." in text
    assert card._task.done()


@pytest.mark.usefixtures("no_retries")
async def test_a_busy_discord_is_told_of_a_paused_job_only_once(notifier, transport):
    transport.errors = {"interaction": BusyError(0.0)}
    await notifier.tell_paused(a_job())
    assert transport.tried == ["interaction"]


async def test_a_direct_message_is_repeated_if_the_lookup_fails(notifier, transport):
    transport.errors = {"interaction": ExpiredError(), "lookup": ForbiddenError()}
    await notifier.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.", again=True)
    assert [route for route, _, _ in transport.arrived] == ["dm"]
