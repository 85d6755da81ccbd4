import asyncio

import aiohttp
import pytest
from aiohttp import web

from bot.errors import DownloadRefusal, ForeignHostRefusal
from bot.submission.downloader import PictureDownloader
from dream_engine.errors import TooManyBytesError

CDN = ("cdn.discordapp.com", "media.discordapp.net")


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


class Shelf:
    """A server on this machine that records its requests."""

    def __init__(self):
        self.asked = []
        self.answers = []

    async def get(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request) if callable(answer) else web.Response(**answer)

    def gives(self, *answers):
        self.answers = list(answers)


@pytest.fixture
async def shelf():
    shelf = Shelf()
    application = web.Application()
    application.router.add_get("/{path:.*}", shelf.get)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shelf.host = "{}:{}".format(*runner.addresses[0])
    shelf.url = f"http://{shelf.host}/cat.png"
    yield shelf
    await runner.cleanup()


@pytest.fixture
def downloader(session, shelf, monkeypatch):
    monkeypatch.setattr("bot.submission.downloader._PAUSE_SECONDS", 0.0)
    return PictureDownloader(session, [shelf.host], megabytes=0.001)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=1&is=2&hm=3",
        "https://CDN.discordapp.com/cat.png",
        "https://media.discordapp.net/cat.png",
        "https://cdn.discordapp.com:443/cat.png",
    ],
)
def test_discords_hosts_are_fetched_from(session, url):
    downloader = PictureDownloader(session, CDN, 1)
    downloader.check(url)
    assert downloader.serves(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/cat.png",
        "https://cdn.discordapp.com.example.com/cat.png",
        "https://example.com/https://cdn.discordapp.com/cat.png",
        "https://cdn.discordapp.com@example.com/cat.png",
        "https://somebody@cdn.discordapp.com/cat.png",
        "http://cdn.discordapp.com/cat.png",
        "ftp://cdn.discordapp.com/cat.png",
        "file:///etc/passwd",
        "//cdn.discordapp.com/cat.png",
        "/cat.png",
        "",
        "https://[",
        "https://cdn.discordapp.com:99999/cat.png",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/cat.png",
    ],
)
async def test_other_urls_are_refused(session, url):
    downloader = PictureDownloader(session, CDN, 1)
    assert not downloader.serves(url)
    with pytest.raises(ForeignHostRefusal):
        downloader.check(url)
    with pytest.raises(ForeignHostRefusal):
        await downloader.fetch(url)


async def test_a_host_with_a_port_allows_only_that_port(session):
    downloader = PictureDownloader(session, ["cdn.example.com:8443"], 1)
    assert downloader.serves("https://cdn.example.com:8443/cat.png")
    assert not downloader.serves("https://cdn.example.com/cat.png")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
async def test_plain_http_is_allowed_only_on_this_machine(session, host):
    downloader = PictureDownloader(session, [host, "10.0.0.1", "example.com"], 1)
    assert downloader.serves(f"http://{host}:8080/cat.png")
    assert not downloader.serves("http://10.0.0.1/cat.png")
    assert not downloader.serves("http://example.com/cat.png")


async def test_a_file_declared_too_large_is_not_downloaded(session):
    with pytest.raises(TooManyBytesError) as refusal:
        PictureDownloader(session, CDN, 25).check("https://cdn.discordapp.com/cat.png", 25_000_001)
    assert refusal.value.details["limit"] == 25
    PictureDownloader(session, CDN, 25).check("https://cdn.discordapp.com/cat.png", 25_000_000)


async def test_a_picture_is_fetched(downloader, shelf):
    shelf.gives({"body": b"a picture"})
    assert await downloader.fetch(shelf.url) == b"a picture"


async def test_no_credentials_are_sent(downloader, shelf):
    shelf.gives({"body": b"a picture"})
    await downloader.fetch(shelf.url)
    (request,) = shelf.asked
    assert not {"Authorization", "Cookie", "Referer"} & set(request.headers)


async def test_a_file_with_too_large_a_content_length_is_refused(downloader, shelf):
    shelf.gives({"body": bytes(1001)})
    with pytest.raises(TooManyBytesError):
        await downloader.fetch(shelf.url)


async def test_a_file_with_too_large_a_content_length_is_not_awaited(downloader, shelf):
    async def announce(request):
        response = web.StreamResponse()
        response.content_length = 1001
        await response.prepare(request)
        return response  # without a body

    shelf.gives(announce)
    with pytest.raises(TooManyBytesError):
        await downloader.fetch(shelf.url)


async def test_a_file_without_a_declared_size_is_read_only_up_to_the_limit(downloader, shelf):
    async def endless(request):
        response = web.StreamResponse()  # chunked, so its size is not declared
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(500))
        except ConnectionError:
            return response

    shelf.gives(endless)
    with pytest.raises(TooManyBytesError):
        await downloader.fetch(shelf.url)


async def test_a_redirect_is_not_followed(downloader, shelf):
    shelf.gives({"status": 302, "headers": {"Location": "https://example.com/"}})
    with pytest.raises(DownloadRefusal):
        await downloader.fetch(shelf.url)
    assert len(shelf.asked) == 1


async def test_a_missing_file_is_requested_once(downloader, shelf):
    shelf.gives({"status": 404})
    with pytest.raises(DownloadRefusal):
        await downloader.fetch(shelf.url)
    assert len(shelf.asked) == 1


@pytest.mark.parametrize(
    ("status", "is_absent"),
    [
        (404, True),
        (403, True),
        (410, True),
        (302, True),
        (500, False),
        (503, False),
        (429, False),
        (408, False),
    ],
)
async def test_a_missing_file_is_distinguished_from_a_failing_host(
    downloader, shelf, monkeypatch, status, is_absent
):
    monkeypatch.setattr("bot.submission.downloader._PAUSE_SECONDS", 0.0)
    shelf.gives({"status": status})
    with pytest.raises(DownloadRefusal) as refusal:
        await downloader.fetch(shelf.url)
    assert refusal.value.is_absent is is_absent


async def test_a_failing_server_is_retried(downloader, shelf):
    shelf.gives({"status": 503}, {"status": 500}, {"body": b"a picture"})
    assert await downloader.fetch(shelf.url) == b"a picture"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502])
async def test_a_temporary_error_is_retried(downloader, shelf, status):
    shelf.gives({"status": status}, {"body": b"a picture"})
    assert await downloader.fetch(shelf.url) == b"a picture"


@pytest.mark.parametrize("status", [201, 204, 304, 400, 403, 410, 428, 430, 499])
async def test_a_permanent_error_is_not_retried(downloader, shelf, status):
    shelf.gives({"status": status}, {"body": b"a picture"})
    with pytest.raises(DownloadRefusal):
        await downloader.fetch(shelf.url)
    assert len(shelf.asked) == 1


async def test_pauses_between_attempts_grow(session, shelf, monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr("bot.submission.downloader.asyncio.sleep", sleep)
    shelf.gives({"status": 503})
    with pytest.raises(DownloadRefusal) as refusal:
        await PictureDownloader(session, [shelf.host], megabytes=1).fetch(shelf.url)
    assert pauses == [0.5, 1.0]
    assert refusal.value.__cause__.status == 503


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_file_of_exactly_the_largest_size_is_fetched(downloader, shelf, chunked):
    async def give(request):
        response = web.StreamResponse(headers={} if chunked else {"Content-Length": str(len(shelf.body))})
        await response.prepare(request)
        await response.write(shelf.body)
        return response

    shelf.gives(give)
    shelf.body = bytes(1000)
    assert await downloader.fetch(shelf.url) == bytes(1000)
    shelf.body = bytes(1001)
    with pytest.raises(TooManyBytesError) as refusal:
        await downloader.fetch(shelf.url)
    assert refusal.value.details["limit"] == 0.001


async def test_a_url_with_a_user_name_is_refused_despite_an_allowed_host(session):
    with pytest.raises(ForeignHostRefusal) as refusal:
        PictureDownloader(session, CDN, 1).check("https://somebody@cdn.discordapp.com/cat.png")
    assert refusal.value.details["host"] == "cdn.discordapp.com"
    with pytest.raises(ForeignHostRefusal) as refusal:
        PictureDownloader(session, CDN, 1).check("/cat.png")
    assert refusal.value.details["host"] == "?"


async def test_a_missing_url_is_not_served(session):
    assert not PictureDownloader(session, CDN, 1).serves(None)


async def test_retries_end_after_three_attempts(downloader, shelf):
    shelf.gives({"status": 503})
    with pytest.raises(DownloadRefusal):
        await downloader.fetch(shelf.url)
    assert len(shelf.asked) == 3


async def test_a_broken_connection_is_retried(downloader, shelf):
    async def breaks(request):
        request.transport.close()
        return web.Response()

    shelf.gives(breaks, {"body": b"a picture"})
    assert await downloader.fetch(shelf.url) == b"a picture"


async def test_a_server_that_does_not_respond_times_out(downloader, shelf, monkeypatch):
    never = asyncio.Event()

    async def silent(_):
        await never.wait()
        return web.Response()

    monkeypatch.setattr("bot.submission.downloader._TIMEOUT_SECONDS", 0.05)
    shelf.gives(silent)
    with pytest.raises(DownloadRefusal):
        await downloader.fetch(shelf.url)
    never.set()
