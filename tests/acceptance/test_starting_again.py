"""A second start finds everything; stopping leaves nothing behind. The folder's site comes to its end here."""

import psutil  # type: ignore[import-untyped]

from tests.live.client import Api, send
from tests.live.embedded import Embedded
from tests.live.people import PASSWORD, program_of, sign_up
from tests.live.pictures import drawn
from tests.live.site import until


def test_a_second_start_finds_everything(site: Embedded) -> None:
    program = program_of(sign_up(site.url, "dora"))
    item = program.upload(drawn(5), wait=10).json
    until(lambda: program.get(f"items/{item['id']}/").json["state"] == "done", 60, "its result")
    before = _kept(program, item["id"])
    assert site.password not in "".join(log.read_text() for log in (site.data / "logs").iterdir())
    family = site.family()
    assert site.stop() == 0
    assert not _alive(family)

    second = Embedded(site.data, port=site.port)
    try:
        until(lambda: _opens(second), 60, "the first page")
        second.wait()
        assert _kept(Api(second.url, second.token("dora", PASSWORD)), item["id"]) == before
        assert second.password == "", "the admin's password is told once"
        family = second.family()
    finally:
        assert second.stop() == 0
    assert not _alive(family)


def _kept(program: Api, item: str) -> tuple[object, bytes]:
    return program.get(f"items/{item}/").json["prediction"], program.get(f"items/{item}/image/").body


def _opens(site: Embedded) -> bool:
    try:
        return send(site.url, "GET", "/").status == 200
    except OSError:
        return False


def _alive(family: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
