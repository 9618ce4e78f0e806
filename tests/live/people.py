"""Signing up, and asking for a token, through the pages alone."""

import re

from tests.live.client import Api, Person

PASSWORD = "a long word for waste 42"


def sign_up(url: str, name: str, *, consent: bool = True) -> Person:
    person = Person(url)
    chosen = {"consent": "on"} if consent else {}
    page = person.submit(
        "/accounts/signup/",
        "/accounts/signup/",
        username=name,
        password1=PASSWORD,
        password2=PASSWORD,
        **chosen,
    )
    assert "Which bin does it go in?" in page.text, page.text
    return person


def program_of(person: Person) -> Api:
    """A program with a token that was made on the account page."""
    page = person.submit("/profile/", "/profile/tokens/", name="acceptance")
    token = re.search(r"Authorization: Token (\S+?)<", page.text)
    assert token, page.text
    return Api(person.url, token[1])
