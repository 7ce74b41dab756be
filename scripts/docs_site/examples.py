"""An example of each key of a profile: the schema's own or its default, else one from examples.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]
FILE = Path(__file__).with_name("examples.yaml")


@cache
def written() -> dict[str, Any]:
    """The examples of examples.yaml, by key or by section and key."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def example(section: str, key: str, schema: Schema, document: Schema) -> Any:
    """A value that ``key`` can have; ValueError where there is none to be found."""
    if (own := f"{section}.{key}") in written():
        return written()[own]
    value = _of_schema(schema, document)
    value = written().get(key) if value is None else value
    if value is None:
        raise ValueError(f"{section}.{key}: no example; add one to {FILE.name}, or examples=[...] to the field")
    return value


def _of_schema(schema: Schema, document: Schema) -> Any:
    """A value from what the schema says, or None."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("default") not in (None, "", [], {}):
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _of_object(resolved(schema, document), document)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if choice.get("type") != "null" and (value := _of_schema(choice, document)) is not None:
            return value
    return True if schema.get("type") == "boolean" else None


def _of_object(schema: Schema, document: Schema) -> Any:
    """The keys that an object needs, or its first one."""
    keys = schema.get("required") or list(schema.get("properties", {}))[:1]
    found = {}
    for key in keys:
        try:
            found[key] = example(schema.get("title", ""), key, schema["properties"][key], document)
        except ValueError:
            return None
    return found or None


def resolved(schema: Schema, document: Schema) -> Schema:
    """The definition that a reference leads to."""
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
