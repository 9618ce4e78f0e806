"""What the OpenAPI document says beside each operation's own answers."""

from typing import Any

from wasteapp.api.problems import MEDIA_TYPE

METHODS = {"get", "post", "put", "patch", "delete"}
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What kind of problem it is, in the language asked for."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "For programs: it never changes."},
        "errors": {"type": "object", "additionalProperties": {}, "description": "By field, where one is at fault."},
    },
    "required": ["type", "title", "status", "detail", "code"],
}  # fmt: skip
REFUSAL = {
    "description": "Refused: 400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422, 429 or 507.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def problems_added(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """The document with what every operation answers where it refuses (a hook of drf-spectacular)."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    result["components"].setdefault("responses", {})["Problem"] = REFUSAL
    for operations in result["paths"].values():
        for operation in (operations[method] for method in operations.keys() & METHODS):
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    return result
