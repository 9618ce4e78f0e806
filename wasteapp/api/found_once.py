"""Fields of a serializer that are found out once for its class, and copied for each answer."""

from copy import copy, deepcopy
from typing import Any

from rest_framework import serializers

Fields = dict[str, "serializers.Field[Any, Any, Any, Any]"]
_found: dict[type, Fields] = {}


class FieldsFoundOnce(serializers.Serializer[Any]):
    # To read them off the model takes longer than to show a row. Its docstring would stand in the document.

    def get_fields(self) -> Fields:
        """Copies, since a field knows its serializer; whole ones of a serializer, whose own fields know it in turn."""
        if type(self) not in _found:
            _found[type(self)] = super().get_fields()
        return {
            name: deepcopy(field) if isinstance(field, serializers.BaseSerializer) else copy(field)
            for name, field in _found[type(self)].items()
        }
