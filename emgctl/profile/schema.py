"""The JSON Schema of profiles, for editors."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from emgctl.errors import EmgctlError
from emgctl.plugin import Plugin
from emgctl.profile.combination import CombinationFile
from emgctl.profile.load import INPUTS, ProfileFile
from emgctl.registry import Registry
from emgctl.registry.fence import called
from emgctl.registry.plugin_info import summary

log = logging.getLogger(__name__)


def schema(registry: Registry) -> dict[str, Any]:
    """The JSON Schema of a profile, of one input or several, with a variant for each installed plugin."""
    document = ProfileFile.model_json_schema()
    definitions = document.setdefault("$defs", {})

    def variants(role: str) -> dict[str, Any]:
        choices = []
        for kind, cls in registry.all(role).items():
            try:
                part = called(cls, "the schema of its options", partial(_options_schema, cls))
                part["title"], part["description"] = f"{role} {kind}", summary(cls)
            except EmgctlError as error:
                log.warning("%s", error)
                continue
            definitions.update(part.pop("$defs", {}))
            part["properties"] = {"kind": {"const": kind}, **part.get("properties", {})}
            part["required"] = ["kind", *part.get("required", [])]
            choices.append(part)
        return {"oneOf": choices}

    properties = document["properties"]
    properties["input"], properties["decoder"] = variants("input"), variants("decoder")
    properties["motion"] = {"$ref": "#/properties/input"}
    properties["outputs"]["items"] = variants("output")
    several = CombinationFile.model_json_schema()
    definitions.update(several["$defs"])
    properties[INPUTS] = several["properties"][INPUTS]
    one = {"required": document.pop("required"), "not": {"required": [INPUTS]}}
    document["oneOf"] = [one, {"required": several["required"], "not": {"required": ["input"]}}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document, "title": "emgctl profile"}


def _options_schema(cls: type[Plugin]) -> dict[str, Any]:
    return cls.Options.model_json_schema(ref_template="#/$defs/{model}")
