"""Options of ``emgctl train`` and ``emgctl eval`` that do not go together: refused before anything is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from emgctl.errors import UsageError
from emgctl.training.classifier.model_zoo import AUTO, MODELS

if TYPE_CHECKING:
    from emgctl.inference.model_card import ModelCard

PUBLISHED = "contrastive-prosthetics"
POSE_RECIPE = "vemg2pose"
IMAGES = "mobilenetv2-8x24"

_FOR_DECODER = {
    "classifier": {"model", "features", "budget_s", "start", "recipe", "width", "guard_s"},
    "grid": {"model", "features", "budget_s", "start", "recipe", "width", "guard_s", "wraps"},
    "contrastive": {"guard_s", "memory_ms", "checkpoint"},
    "pose": {"recipe", "memory_ms", "size", "turns", "tracking", "steps"},
}
_FOR_PUBLISHED = {"data", "decoder", "out", "recipe", "rest", "seed", "exclude", "without", "json_path"}
_RECIPES = {"classifier": ("emg4-mlp", IMAGES, PUBLISHED), "grid": ("emg4-mlp", IMAGES), "pose": (POSE_RECIPE,)}
_ONLY_CONTINUOUS = {"wanted", "profile_path", "rest"}
_NOT_FOR_POSES = {"continuous", "adapt", "move_text", "hop_ms", "guard_s", *_ONLY_CONTINUOUS}


def given_options(context: click.Context) -> dict[str, str]:
    """The parameters that are named on the command line, each with the word that names it."""
    return {
        one.name: next((word for word in one.opts if word.startswith("--")), one.opts[0])
        for one in context.command.params
        if one.name is not None and context.get_parameter_source(one.name) == ParameterSource.COMMANDLINE
    }


def check_training_options(
    given: Mapping[str, str], decoder: str, recipe: str | None, model: str | None, final: str | None, several: bool
) -> None:
    """Check that options of ``emgctl train`` go together.

    Args:
        given: what is named on the command line, by the parameter's name.
        decoder: the kind of decoder.
        recipe: the recipe's name, None for none.
        model: the model's name, None for the usual one.
        final: what the model that is written has seen.
        several: whether the split has several folds.

    Raises:
        UsageError: which of them do not.
    """
    own = _FOR_DECODER[decoder]
    for name in sorted({one for every in _FOR_DECODER.values() for one in every} - own):
        if name in given:
            kinds = [kind for kind, names in _FOR_DECODER.items() if name in names]
            raise UsageError(f"{given[name]} does not go with --decoder {decoder}; it is for {' or '.join(kinds)}")
    known = {one for names in _RECIPES.values() for one in names}
    if recipe in known and recipe not in _RECIPES[decoder]:
        kinds = [kind for kind, names in _RECIPES.items() if recipe in names]
        raise UsageError(f"--recipe {recipe} does not go with --decoder {decoder}; it is for {' or '.join(kinds)}")
    if recipe == PUBLISHED:
        _refuse(given, set(given) - _FOR_PUBLISHED, f"--recipe {PUBLISHED}, whose settings are the published ones")
    if recipe == POSE_RECIPE:
        _refuse(given, {"size", "window_ms", "memory_ms", "hop_ms"}, f"--recipe {POSE_RECIPE}, which has its own")
    if recipe in (IMAGES, "emg4-mlp"):
        _refuse(given, {"model", "features"}, f"--recipe {recipe}, which has its own")
    _only_for(f"--recipe {POSE_RECIPE}", recipe == POSE_RECIPE, given, "tracking")
    _only_for(f"--recipe {IMAGES}", recipe == IMAGES, given, "width")
    _only_for(f"--model {AUTO}", model == AUTO, given, "budget_s")
    if decoder == "pose":
        _refuse(given, {"without"}, "--decoder pose, which learns poses whatever their label")
    if model == AUTO:
        _refuse(given, {"features", "start"}, f"--model {AUTO}, which chooses for itself")
    if model in MODELS and MODELS[model].features in ("raw", ""):
        _refuse(given, {"features"}, f"--model {model}, which has its own")
    if final == "train" and several:
        raise UsageError("--final train does not go with a split of several folds, each of which has its own model")


def check_start(card: ModelCard, file: str, decoder: str, model: str | None, features: str, recipe: str | None) -> None:
    """Check that a training can go on from a model.

    Raises:
        UsageError: it is another kind of decoder or model, or was not made by the recipe.
    """
    for what, wanted, there in (
        ("decoder", decoder, card.kind),
        ("recipe", recipe, card.recipe),
        ("model", model, card.model),
        ("features", features, card.feature_set or (MODELS[card.model].features if card.model in MODELS else "")),
    ):
        if wanted and wanted != there:
            raise UsageError(f"--start {file} does not go with --{what} {wanted}: its {what} is {there or 'its own'}")


def check_eval_options(given: Mapping[str, str], kind: str, continuous: bool) -> None:
    """Check that options of ``emgctl eval`` go together and with the kind of the model.

    Raises:
        UsageError: which of them do not.
    """
    if kind == "pose" and (wrong := sorted(word for name, word in given.items() if name in _NOT_FOR_POSES)):
        raise UsageError(f"{' and '.join(wrong)}: not for pose models")
    for name in sorted(_ONLY_CONTINUOUS):
        _only_for("--continuous", continuous, given, name)


def _only_for(what: str, there: bool, given: Mapping[str, str], name: str) -> None:
    if name in given and not there:
        raise UsageError(f"{given[name]} is for {what}")


def _refuse(given: Mapping[str, str], names: Collection[str], what: str) -> None:
    for name in sorted(names):
        if name in given:
            raise UsageError(f"{given[name]} does not go with {what}")
