"""Every operation of the OpenAPI document, asked as the document allows and as it does not (schemathesis).

Nothing that is sent breaks the server, and whatever is answered is what the document says. For longer:
`./run.py test tests/wasteapp/test_api_fuzz.py --hypothesis-profile=long`
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.profiles import scaled
from wasteapp.services.accounts import token_create

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
JSON = (None, "application/json")  # and no body; a form cannot say null, nor of which type a value is
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """The site as a server runs it: an answer is read to its end and closed."""
    with closing(get_wsgi_application()(environ, start_response)) as answer:
        return iter([b"".join(answer)])


def checks_of(case: schemathesis.Case) -> list[Any]:
    """An address has no lists, and an empty value chooses nothing, as in a form that was sent unfilled."""
    values = (case.query or {}).values()
    plain = all(isinstance(value, str | int | float) and value != "" for value in values)
    return [*CHECKS, negative_data_rejection] if plain and case.media_type in JSON else CHECKS


def problems_of(operation: Any, there: dict[str, Any], headers: dict[str, str]) -> set[str]:
    """What is wrong with the answers to this operation."""
    found = set()
    names = there.get(operation.path.split("/")[3], {})

    @scaled(0.05)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(MODES))))
        if data.draw(st.booleans()):
            case.path_parameters = {name: str(names.get(name, "x")) for name in case.path_parameters}
        cache.clear()  # of rate limits
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        try:
            case.validate_response(answer, checks=checks_of(case))
        except FailureGroup as group:
            found.update(f"{operation.label}: {answer.status_code}: {error}" for error in group.exceptions)

    ask()
    return found


@pytest.fixture(autouse=True)
def _one_connection():
    """A request's end closes the connection, and with it the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("person", ["alice", "otto"])
def test_every_operation_answers_as_the_document_says(world, person):
    token = token_create(user=world.users[person]).token
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert operations
    there = world.by_part
    headers = {"Authorization": f"Token {token}"}
    found = [problem for one in operations for problem in sorted(problems_of(one, there, headers))]
    assert not found, "\n\n".join(found)
