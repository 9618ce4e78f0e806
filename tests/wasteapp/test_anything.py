"""Whatever is sent, in examples that hypothesis draws: only what is documented comes out.

For longer: `./run.py test tests/wasteapp/test_anything.py --hypothesis-profile=long`
"""

import csv
import io
import unicodedata
from base64 import b64encode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.formats.record import COLUMNS, FORMULA, Record, csv_line, read_rows, write_header, write_row
from tests.classifier.fuzzed import mutated
from tests.profiles import scaled
from tests.wasteapp.conftest import photograph
from wasteapp.filters import HistoryFilter
from wasteapp.models import Item, Source
from wasteapp.services.errors import KeyReused, Unreadable
from wasteapp.services.intake import check_upload, display_name, item_create

VALUES = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(["true", "done", "recyclable", "glass", "\0", "9" * 400]),
)
TEXT = st.builds(
    str.__add__, st.sampled_from(("", "'", *FORMULA)), st.text(st.characters(codec="utf-8"), max_size=20)
)
QUERIES = st.dictionaries(st.sampled_from([*HistoryFilter.base_filters, "page", "view", "cursor"]), VALUES)


@pytest.fixture
def history(alice, make_item, page_of, api_of):
    """A page and a program of somebody who has something to find."""
    make_item(alice)
    return page_of(alice), api_of(alice)


@scaled(3)
@given(content=mutated())
def test_an_upload_is_taken_or_refused_with_a_reason(content):
    try:
        check_upload(file=SimpleUploadedFile("photo.jpg", content))
    except Unreadable as refused:
        assert (refused.status in (415, 422), str(refused).endswith(".")) == (True, True)


@scaled(0.4)
@given(query=QUERIES)
def test_any_filter_of_the_history_finds_or_is_refused(history, query):
    page, api = history
    with transaction.atomic():
        assert page.get("/items/", query).status_code in (200, 404)
        assert api.get("/api/v1/items/", query).status_code in (200, 400, 404)


@scaled(0.4)
@given(position=st.text(), path=st.sampled_from(["items", "datasets", "models", "audit", "jobs"]))
@example(position="1" * 40, path="models")
def test_any_cursor_is_a_page_or_404(otto, api_of, position, path):
    cursor = b64encode(f"p={position}".encode("utf-8", "surrogatepass")).decode()
    assert api_of(otto).get(f"/api/v1/{path}/", {"cursor": cursor}).status_code in (200, 404)
    assert api_of(otto).get(f"/api/v1/{path}/", {"cursor": position}).status_code in (200, 404)


@scaled(0.2)
@given(key=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=200))
def test_a_key_makes_one_photograph_whatever_it_is(alice, version, key):
    with transaction.atomic():
        first = item_create(owner=alice, file=photograph(), source=Source.API, key=key)
        again = item_create(owner=alice, file=photograph(), source=Source.API, key=key)
        assert (again.item, first.created, again.created) == (first.item, True, False)
        with pytest.raises(KeyReused):
            item_create(owner=alice, file=photograph("wood"), source=Source.API, key=key)
        assert Item.objects.count() == 1
        transaction.set_rollback(True)


@given(name=st.text(max_size=400))
def test_a_name_is_one_line_without_folders(name):
    shown = display_name(name)
    assert len(shown) <= 255
    assert not {"/", "\\", "\n", "\r", "\0", "\u202e"} & set(shown)
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(character) for character in shown}
    assert display_name(shown) == shown


@example(values=[*[""] * (len(COLUMNS) - 1), "a bare CR began a line:\r=1+1"])
@given(
    values=st.lists(
        TEXT | st.text("a ,\"'=+-@\t\r\n", max_size=3), min_size=len(COLUMNS), max_size=len(COLUMNS)
    )
)
def test_a_table_gives_back_what_was_written_and_nothing_that_a_spreadsheet_runs(values):
    """Quoting and reading are each other's end, whatever a note or a label begins with."""
    record, table = Record(*values), io.StringIO(newline="")
    write_header(table)
    write_row(table, record)
    table.seek(0)
    assert list(read_rows(table)) == [record]
    assert table.getvalue() == csv_line(COLUMNS) + csv_line(values)
    table.seek(0)
    assert not [cell for row in csv.reader(table) for cell in row if cell.startswith(FORMULA)]
