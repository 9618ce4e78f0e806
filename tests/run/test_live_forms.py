"""The forms that tests fill in on a running site are the ones that they mean."""

from email.message import Message

from tests.live.client import Answer

TOKENS = '<form action="/tokens/abc/delete/"></form><form action="/tokens/def/delete/"></form><form action="/tokens/">'


def test_a_form_with_just_this_address_goes_before_those_that_hold_it() -> None:
    page = Answer(200, Message(), TOKENS.encode(), "/profile/")
    assert page.form("/tokens/").action == "/tokens/"
    assert page.form("delete").action == "/tokens/abc/delete/"
