"""The page about every key of a profile, from profiles/profile.schema.json."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from docs_site.examples import Schema, example, resolved
from docs_site.prose import slug

SCHEMA = Path(__file__).resolve().parents[2] / "profiles" / "profile.schema.json"
GUIDES = {  # the page that explains a kind; a kind without one is an error
    "input": {
        "brainflow": "brainflow",
        "chords": "ble",
        "gforce": "ble",
        "keys": "inputs",
        "lsl": "network-inputs",
        "mindrove": "brainflow",
        "myo": "myo",
        "osc": "network-inputs",
        "otb": "grids",
        "replay": "files",
        "serial": "boards",
        "synthetic": "synthetic",
        "udp": "network-inputs",
    },
    "decoder": {
        "classifier": "calibration",
        "contrastive": "contrastive",
        "grid": "grids",
        "keys": "inputs",
        "muscles": "boards",
        "pose": "pose",
    },
    "output": {"hand": "hands"},
}
OUTPUTS = "outputs"  # the page of all other outputs
OF_THE_FILE = {
    "emgctl": "the version of the format",
    "user": "who it is for: letters, digits and the characters `_ . -`, without spaces",
    "input": "where samples come from",
    "motion": "where the arm's motion comes from, if not from the input",
    "decoder": "what recognizes gestures or poses, with its model",
    "mapping": "what each gesture does: its name, and a list of [actions](#actions) ([guide](../mapping.md))",
    "layers": "further mappings, which actions switch on",
    "axes": "how axes respond: curves, dead zones",
    "wake": "the gesture without which nothing moves",
    "outputs": "what is driven, one or several",
    "safety": "when everything becomes neutral ([guide](../safety.md))",
    "inputs": "in the place of `input` to `axes`: the profiles of several inputs ([guide](../inputs.md))",
}
OF_PARTS = {"ControlOptions": "hands", "SafeOptions": "hands", "MuscleSettings": "boards"}
DOCS = SCHEMA.parents[1] / "docs"
INTRODUCTION = """\
# Profile reference

A profile is a YAML file: one person's input, decoder, mapping and outputs. This page is generated from the
JSON Schema of profiles, and each example is checked against it. The example of a key shows its form and is no
recommendation. `emgctl check --profile FILE` checks a profile; `emgctl schema` prints the schema, with the plugins that
you have installed. An editor that knows YAML schemas offers keys where the first line of a profile is
`# yaml-language-server: $schema=profile.schema.json`.
"""


def profile_reference() -> str:
    """The page, in Markdown."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return "\n".join([INTRODUCTION, *_sections(document)]) + "\n"


def sections(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Each object of a profile: the heading it stands under, its name, and its schema."""
    properties = document["properties"]
    yield "The file", "profile", document
    for role, choices in (
        ("input", properties["input"]),
        ("decoder", properties["decoder"]),
        ("output", properties["outputs"]["items"]),
    ):
        for choice in choices["oneOf"]:
            yield f"{role.capitalize()}s", choice["title"], choice
    actions = {name: one for name, one in document["$defs"].items() if "do" in one["properties"]}
    yield "Actions", "every action", _shared(actions)
    for name, one in actions.items():
        own = {key: value for key, value in one["properties"].items() if key not in _shared(actions)["properties"]}
        yield "Actions", f"do: {own['do']['const']}", {**one, "title": name, "properties": own}
    for name, one in document["$defs"].items():
        if name not in actions:
            yield "Parts", name, one


def _shared(actions: dict[str, Schema]) -> Schema:
    """What all actions have, as an object of its own."""
    first, *others = (one["properties"] for one in actions.values())
    same = {key: value for key, value in first.items() if key != "do" and all(key in other for other in others)}
    return {"properties": same, "description": "What every action can have beside its own keys."}


def _sections(document: Schema) -> Iterator[str]:
    above = ""
    for heading, name, schema in sections(document):
        if heading != above:
            yield f"## {heading}\n"
            above = heading
        yield f"### {name}\n"
        more = f" See [the guide](../{_guide(name)}.md)." if _guide(name) else ""
        yield f"{_prose(schema.get('description', ''))}{more}\n"
        if schema.get("properties"):
            yield from _table(name, schema, document)


def _guide(name: str) -> str:
    """The page that explains a kind or a part, without its ending; nothing where there is none."""
    role, _, kind = name.partition(" ")
    if role not in GUIDES or not kind:
        return OF_PARTS.get(name, "")
    page = GUIDES[role].get(kind, OUTPUTS if role == "output" else None)
    if page is None:
        raise ValueError(f"the {name} has no page in GUIDES of {Path(__file__).name}")
    return page


def _meanings(name: str) -> dict[str, str]:
    """What the tables of the guide say about keys, under a heading that names the kind or, after that, none."""
    if name == "profile":
        return OF_THE_FILE
    page = _guide(name)
    if not page:
        return {}
    found: dict[str, str] = {}
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    chapters = re.split(r"^(?=#)", text, flags=re.MULTILINE)
    kind = f"`{name.rpartition(' ')[2]}`"
    own = [one for one in chapters if kind in one.partition("\n")[0]]
    for chapter in [*own, *(one for one in chapters if "`" not in one.partition("\n")[0])]:
        for line in chapter.splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
            if len(cells) == 3:
                meaning = re.sub(r"\]\((?=[\w-]+\.md)", "](../", cells[2])
                for key in re.findall(r"`(?:\w+\.NAME\.)?(\w+)`", cells[0]):
                    found.setdefault(key, meaning)
    return found


def _table(name: str, schema: Schema, document: Schema) -> Iterator[str]:
    meanings = _meanings(name)
    yield "| key | example | default | possible | meaning |\n|---|---|---|---|---|"
    for key, value in schema["properties"].items():
        shown = _flow({key: example(name, key, value, document)})
        cells = [f"`{key}`", f"`{shown}`", _default(key, value, schema), _possible(value, document)]
        described = _prose(value.get("description", "")).replace("\n", " ")
        yield f"| {' | '.join([*map(_escaped, cells), meanings.get(key) or _escaped(described)])} |"
    yield ""


def _flow(pair: Schema) -> str:
    """A key and its value on one line of YAML."""
    return yaml.safe_dump(pair, default_flow_style=True, width=10**6, sort_keys=False).strip()[1:-1]


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _default(key: str, value: Schema, schema: Schema) -> str:
    if key in schema.get("required", ()) or "const" in value:
        return "required"
    default = value.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"


def _possible(value: Schema, document: Schema) -> str:
    """In words, what a key can be."""
    if "$ref" in value:
        return _to_part(value, document)
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    choices = [one for one in (*value.get("anyOf", ()), *value.get("oneOf", ())) if one.get("type") != "null"]
    if len(choices) > 4 and all("$ref" in one or "title" in one for one in choices):
        return "one of those below"
    if choices:
        return " or ".join(dict.fromkeys(_possible(one, document) for one in choices))
    return _of_type(value, document)


def _of_type(value: Schema, document: Schema) -> str:
    kind = value.get("type")
    if kind in ("number", "integer"):
        return f"{'a whole number' if kind == 'integer' else 'a number'}{_bounds(value)}"
    if kind == "array":
        items: Schema = value.get("items") or next(iter(value.get("prefixItems", ())), {})
        return f"a list: {_possible(items, document)}" if items else "a list"
    if kind == "object":
        values = value.get("additionalProperties")
        return f"names, each with {_possible(values, document)}" if isinstance(values, dict) else "keys and values"
    words = {"boolean": "`true`, `false`", "string": "a path" if value.get("format") == "path" else "text"}
    return words.get(str(kind), "")


def _bounds(value: Schema) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    above, below = value.get("exclusiveMinimum"), value.get("exclusiveMaximum")
    bounds = [f"{word} {_plain(one)}" for word, one in _named(low, above, high, below) if one is not None]
    return f", {', '.join(bounds)}" if bounds else ""


def _named(low: Any, above: Any, high: Any, below: Any) -> tuple[tuple[str, Any], ...]:
    return ("at least", low), ("above", above), ("at most", high), ("below", below)


def _plain(number: float) -> str:
    return f"{number:.10g}" if abs(number) < 1e9 else f"{number:g}"


def _to_part(value: Schema, document: Schema) -> str:
    """A link to the section of a definition."""
    if value["$ref"].startswith("#/properties/"):
        return "as `input`"
    name = value["$ref"].rpartition("/")[2]
    own = resolved(value, document)
    heading = f"do: {own['properties']['do']['const']}" if "do" in own["properties"] else name
    return f"[{heading}](#{slug(heading)})"


def _prose(text: str) -> str:
    """A docstring as Markdown."""
    return re.sub(r":\w+:`([^`]*)`", r"`\1`", text.replace("``", "`"))
