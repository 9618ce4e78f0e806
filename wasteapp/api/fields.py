"""Fields of what the API takes."""

from typing import Any

from rest_framework import serializers


class TextField(serializers.CharField):
    """Text, as the document says; Django REST framework would take a number for its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
