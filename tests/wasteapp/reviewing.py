"""What tests of reviewing share."""

from wasteapp.models import Kind
from wasteapp.services.annotation import annotation_create
from wasteapp.services.review import review_answer, reviews_take


def unsure(item, who):
    annotation_create(item=item, who=who, kind=Kind.UNSURE)
    return item


def take(who, number=1):
    return reviews_take(reviewer=who, number=number)


def name(item, who, label):
    return review_answer(item_id=item.pk, reviewer=who, kind=None, label=label)
