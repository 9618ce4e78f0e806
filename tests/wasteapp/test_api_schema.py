"""The OpenAPI document is a promise: it changes only on purpose.

To renew the snapshot: `python manage.py spectacular --file tests/wasteapp/openapi.yaml`
"""

import re
from pathlib import Path

from django.core.management import call_command

SNAPSHOT = Path(__file__).parent / "openapi.yaml"
RENEW = "python manage.py spectacular --file tests/wasteapp/openapi.yaml"


def test_the_document_is_the_snapshot(tmp_path):
    call_command("spectacular", file=str(tmp_path / "now.yaml"), validate=True, fail_on_warn=True)
    now = (tmp_path / "now.yaml").read_text()
    assert now == SNAPSHOT.read_text(), f"the API's document changed; if that is meant: {RENEW}"


def test_the_document_is_served(client, db):
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    assert b"/api/v1/items/{id}/annotations/" in response.content.replace(b"{pk}", b"{id}")


def test_the_docs_page_works_offline(client, db):
    response = client.get("/api/v1/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    for path in re.findall(r"(?:src|href)=[\"']([^\"']+)", page):
        assert path.startswith(("/static/", "/api/")), path
    script = client.get("/api/v1/docs/?script=")
    assert script.status_code == 200
    assert not re.search(r"[\"'](?:https?:)?//(?!testserver)", script.content.decode())
