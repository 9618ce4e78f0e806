"""Taking photographs in."""

from wasteapp.models import Item


def test_a_photograph_is_kept_and_predicted(alice, make_item, media):
    item = make_item(alice, "plastic")
    assert (item.state, item.label, item.consent) == ("done", "plastic", True)
    assert media() == sorted([item.image, item.thumbnail])


def test_an_item_waits_until_a_worker_takes_it(alice, make_item, media):
    item = make_item(alice, done=False)
    assert (item.state, Item.objects.count()) == ("queued", 1)
    assert media() == [item.incoming]
