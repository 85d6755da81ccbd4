"""The invitation asks for what the pages for operators name."""

import base64

import pytest

from bot.invitation import PERMISSIONS, application_id_in, invitation
from scripts.project import ROOT


def test_the_invitation_has_the_scopes_and_permissions_of_the_docs():
    address = invitation(1234)
    assert address.startswith("https://discord.com/oauth2/authorize?client_id=1234")
    assert "scope=bot+applications.commands" in address
    assert "permissions=101376" in address
    text = " ".join((ROOT / "docs" / "self-hosting.md").read_text().split())
    for name, is_wanted in PERMISSIONS:
        if is_wanted and name != "read_messages":  # the other name of view_channel
            words = name.replace("_", " ").title().replace("View Channel", "View Channels")
            assert f"*{words}*" in text


def test_a_token_tells_whose_it_is():
    first = base64.b64encode(b"1234567890123456789").decode().rstrip("=")
    assert application_id_in(f"{first}.abc.def") == 1234567890123456789


@pytest.mark.parametrize("token", ["", "a.b.c", "é.b.c", "not-base64!.b.c", "eHl6.b.c", "a" * 9000])
def test_a_token_of_another_form_tells_nothing(token):
    assert application_id_in(token) is None
