"""What the API takes is of the type that its document says.

JSON knows types, and Django REST framework would take one for another: a number for its digits, digits for a number, a
word for yes.
"""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.utils.html import is_html_input


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or float(value).is_integer())  # type: ignore[arg-type]


TYPES: dict[type[serializers.Field[Any, Any, Any, Any]], tuple[Callable[[object], bool], str]] = {
    serializers.CharField: (_is_text, "invalid"),
    serializers.ChoiceField: (_is_text, "invalid_choice"),
    serializers.UUIDField: (_is_text, "invalid"),
    serializers.BooleanField: (_is_flag, "invalid"),
    serializers.FloatField: (_is_number, "invalid"),
    serializers.IntegerField: (_is_whole, "invalid"),
    serializers.PrimaryKeyRelatedField: (_is_whole, "incorrect_type"),
}


class AskedSerializer(serializers.Serializer[Any]):
    # Of what somebody asks for. Its docstring would stand in the document for each that has none.

    def to_internal_value(self, data: Any) -> Any:
        """What was said; raises `ValidationError` for another type. A form knows text alone, which is read as ever."""
        if isinstance(data, dict) and not is_html_input(data):
            said = {name: (field, data[name]) for name, field in self.fields.items() if name in data}
            wrong = {name: refusal for name, one in said.items() if (refusal := _refusal(*one))}
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


def _refusal(field: serializers.Field[Any, Any, Any, Any], value: object) -> list[str]:
    """Why the value is not of the field's type. What null is, the field itself knows."""
    for kind, (is_one, message) in TYPES.items():
        if isinstance(field, kind) and value is not None and not is_one(value):
            return [field.error_messages[message].format(input=value, data_type=type(value).__name__)]
    return []
