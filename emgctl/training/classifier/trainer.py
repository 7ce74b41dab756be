"""The trainer of decoder ``classifier``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from emgctl.errors import UsageError
from emgctl.hookspecs import hookimpl
from emgctl.inference.model_card import FORMER_MODELS, ModelCard
from emgctl.recording.windows import Indices, in_samples
from emgctl.trainer import Fold, FormerName, Hidden, OneOf, Rare, Trainer, TrainerConfig, TrainingTask, Windowing
from emgctl.training.classifier.fitted import Fitted
from emgctl.training.classifier.model_zoo import AUTO, DEFAULT, FEATURES, MODELS, POPULATION, WIDTHS
from emgctl.training.classifier.personal import PersonalFit, fit_personal, unsuited
from emgctl.training.classifier.recipes import IMAGES, RECIPES
from emgctl.types import Samples, Signal

if TYPE_CHECKING:
    from emgctl.inference.population.prior import Prior
    from emgctl.training.data.training_set import LabelledWindows
    from emgctl.training.export.warm_start import PretrainedModel


class ClassifierConfig(TrainerConfig):
    """What can be chosen about a classifier."""

    model: Annotated[
        str,
        OneOf((*MODELS, POPULATION, AUTO), FORMER_MODELS),
        Field(
            description="What is fitted; default: what measured best; population: the person's own from that of many "
            "people, for an armband; auto: what does best on held-out data."
        ),
    ] = ""
    start: Annotated[
        Path | None,
        Field(description="Train on from this model file, which was trained on other data."),
        FormerName("--finetune"),
    ] = None  # fmt: skip
    recipe: Annotated[
        str,
        OneOf(tuple(RECIPES)),
        Field(description="Published settings; --window-ms, --hop-ms and --split override the recipe's."),
    ] = ""
    features: Annotated[str, OneOf(FEATURES), Rare(), Field(description="What the model is fitted on.")] = ""
    budget_s: Annotated[
        float, Rare(), Field(ge=0, description=f"Seconds for comparing models, with model {AUTO}.")
    ] = 120.0  # fmt: skip
    width: Annotated[str, OneOf(WIDTHS), Rare(), Field(description=f"Of the network of recipe {IMAGES}.")] = "1.0"

    prior: Annotated[
        str, OneOf((POPULATION,)), Hidden(), Field(description="Another way to write --model population.")
    ] = ""  # fmt: skip
    population: Annotated[
        Path | None, Rare(), Field(description="Of emgctl population fit, instead of the one that comes with emgctl.")
    ] = None  # fmt: skip
    arm: Annotated[
        str, OneOf(("right", "left")), Rare(), Field(description="That wears the ring, with model population.")
    ] = "right"  # fmt: skip

    @model_validator(mode="after")
    def _compatible(self) -> Self:
        if self.prior and self.model not in ("", self.prior):
            raise ValueError(f"prior {self.prior} does not go with model {self.model}")
        personal = POPULATION in (self.model, self.prior)
        own = personal or (self.model in MODELS and MODELS[self.model].features in ("raw", ""))
        for holds, names, reason in (
            (bool(self.recipe), ("model", "features"), f"does not go with recipe {self.recipe}, which has its own"),
            (self.recipe != IMAGES, ("width",), f"is for recipe {IMAGES}"),
            (self.model != AUTO, ("budget_s",), f"is for model {AUTO}"),
            (self.model == AUTO, ("features", "start"), f"does not go with model {AUTO}, which chooses for itself"),
            (own, ("features",), f"does not go with model {self.prior or self.model}, which has its own"),
            (bool(self.recipe), ("prior",), f"does not go with recipe {self.recipe}, which has its own"),
            (personal, ("start",), "does not go with model population, which starts from the population"),
            (not personal and self.model != AUTO, ("population", "arm"), "is for model population"),
        ):
            if given := [name for name in names if holds and name in self.model_fields_set]:
                raise ValueError(f"{given[0].removesuffix('_s')} {reason}")
        return self


class ClassifierTrainer(Trainer[Any]):  # of Fitted, and with model population of PersonalFit
    """Gestures: discriminants, networks, or several of them together.

    ``pretrained`` is the model to train on from, if it has been read already. ``worn_now`` is for calibrations: whether
    the last recording's session is how the sensors are worn from now on, so that it counts more; there, model auto
    does not choose the population, which calibrations have a way of their own for.
    """

    kind = "classifier"
    usual_model = DEFAULT
    Config = ClassifierConfig
    config: ClassifierConfig
    libraries = ("torch", "onnx", "onnxscript", "sklearn", "scipy")

    def __init__(
        self, config: ClassifierConfig, pretrained: PretrainedModel | None = None, worn_now: bool | None = None
    ) -> None:
        super().__init__(config)
        self._pretrained, self._worn_now = pretrained, worn_now
        self._lighter: dict[tuple[str, str], str] = {}
        if pretrained is not None:
            self.start = pretrained.path, pretrained.card

    @property
    def usual_split(self) -> str:
        """That of the recipe, if there is one."""
        return RECIPES[self.config.recipe].split if self.config.recipe else super().usual_split

    def check(self) -> None:
        """Read the model that training starts from, and check that it is of the kind that is trained."""
        from emgctl.training.export.warm_start import PretrainedModel

        config = self.config
        if config.start is None or self._pretrained is not None:
            return
        self._pretrained = PretrainedModel.read(config.start)
        card = self._pretrained.card
        self.start = config.start, card
        own_features = MODELS[card.model].features if card.model in MODELS else ""
        for what, named, there in (
            ("decoder", self.kind, card.kind),
            ("recipe", config.recipe, card.recipe),
            ("model", config.model or ("width" in config.model_fields_set and self._recipe_model()), card.model),
            ("features", config.features, card.feature_set or own_features),
        ):
            if named and named != there:
                raise UsageError(
                    f"start {config.start.name} does not go with {what} {named}: its {what} is {there or 'its own'}"
                )

    def windowing(self, signal: Signal) -> Windowing:
        """Windows of the lengths that were given, else of the recipe's."""
        window_ms, hop_ms = self._times_ms(signal)
        memory = self._prior().features.memory if self._named()[0] == POPULATION else 0
        return Windowing(in_samples(window_ms, signal, "a window"), in_samples(hop_ms, signal, "a hop"), memory)

    def fit(self, task: TrainingTask) -> Fitted | PersonalFit:
        """Fit the model, or the one that is chosen for this fold."""
        from emgctl.training.classifier.model_search import CANDIDATES, choose

        windows = task.windows
        if self._pretrained is not None:
            self._pretrained.check(windows.label_names, windows.signal, windows.length)
        named, features = self._named()
        model, compared = named, list[dict[str, Any]]()
        if named == AUTO:

            def labels_of(model: str, features: str, inner: Fold) -> Indices:
                fitted = self._fit(replace(task, fold=inner, progress=lambda _done, _total: None), model, features)
                labels: Indices = fitted.predict(windows, inner.test).values.argmax(axis=1)
                return labels

            budget_s = self.config.budget_s / task.rounds
            without = [] if self._worn_now is None and not unsuited(task, self._prior()) else [POPULATION]
            kept = [
                one for one in CANDIDATES if one[0] not in without and (one[0] == POPULATION or self._fits(task, *one))
            ]
            if not kept:
                self._affordable(task, *CANDIDATES[0])  # which states what is too large
            model, features, compared = choose(windows, task.fold, budget_s, labels_of, task.progress, kept)
        elif named != POPULATION:
            features = self._affordable(task, model, features)
        fitted = self._fit(task, model, features)
        if isinstance(fitted, Fitted):
            fitted.classifier.ignore(task.ignored, windows.signal.channels)
        window_ms, hop_ms = self._times_ms(windows.signal)
        facts = {"recipe": self.config.recipe, "window_ms": window_ms, "hop_ms": hop_ms, "compared": compared}
        return replace(
            fitted,
            model=model,
            feature_set=fitted.feature_set or features,
            facts={**fitted.facts, **facts},
            card_fields={"recipe": self.config.recipe or named, **fitted.card_fields},
        )

    def export(self, fitted: Fitted | PersonalFit, card: ModelCard, examples: Samples, path: Path) -> None:
        """Write the classifier as ONNX."""
        from emgctl.training.export.onnx import export

        if isinstance(fitted, PersonalFit):
            fitted.export(card, path)
            return
        export(fitted.classifier, card, examples, path, classes=fitted.classes)

    def training_windows(self, task: TrainingTask, part: LabelledWindows) -> LabelledWindows:  # noqa: ARG002
        """The training windows as the model is fitted on them."""
        return part

    def _fits(self, task: TrainingTask, model: str, features: str) -> bool:
        from emgctl.training.classifier.memory import fits

        return fits(model, features, *_extent(task))

    def _affordable(self, task: TrainingTask, model: str, features: str) -> str:
        """The features that fit into the memory that was free when the first fold was fitted."""
        from emgctl.training.classifier.memory import affordable

        asked = model, features
        if asked not in self._lighter:
            free_choice = not features and self._pretrained is None and not self.config.recipe
            self._lighter[asked] = affordable(model, features, *_extent(task), free_choice)
        return self._lighter[asked]

    def _named(self) -> tuple[str, str]:
        """The model and the set of features that are asked for."""
        config, card = self.config, self._pretrained and self._pretrained.card
        model = config.model or config.prior or (card.model if card else "") or self._recipe_model() or self.usual_model
        return model, config.features or (card.feature_set if card else "")

    def _recipe_model(self) -> str:
        if self.config.recipe == IMAGES:
            return f"mobilenetv2-{self.config.width}"
        return RECIPES[self.config.recipe].model if self.config.recipe else ""

    def _times_ms(self, signal: Signal) -> tuple[float, float]:
        """The length of a window and of a hop."""
        config, recipe = self.config, RECIPES.get(self.config.recipe)
        if recipe is None:
            return config.window_ms, config.hop_ms
        one_ms = 1e3 / signal.rate_hz if recipe.one_sample else 0.0
        return (
            config.window_ms if "window_ms" in config.model_fields_set else one_ms or recipe.window_ms,
            config.hop_ms if "hop_ms" in config.model_fields_set else one_ms or recipe.hop_ms,
        )

    def _prior(self) -> Prior:
        """That of the population to begin from."""
        from emgctl.inference.population.prior_file import SHIPPED, load_prior

        return load_prior(self.config.population or SHIPPED)

    def _fit(self, task: TrainingTask, model: str, features: str) -> Fitted | PersonalFit:
        from emgctl.training.classifier.fit import fit_classifier
        from emgctl.training.data.training_set import LabelledWindows

        if model == POPULATION:
            return fit_personal(task, self._prior(), self.config.arm)
        windows, sessions, force_n = task.windows, task.windows.session, task.windows.force_n

        def part(chosen: Indices) -> LabelledWindows:
            return LabelledWindows(windows.take(chosen), windows.labels[chosen], sessions[chosen], force_n[chosen])

        return fit_classifier(
            self.training_windows(task, part(task.fold.train)),
            windows.label_names,
            validation=part(task.fold.validation) if len(task.fold.validation) else None,
            model=model,
            features=features,
            start=self._pretrained.weights if self._pretrained else None,
            now=int(sessions[windows.recording == windows.recording.max()][0]) if self._worn_now else None,
            rest=task.rest,
            seed=task.seed,
            progress=task.progress,
        )


def _extent(task: TrainingTask) -> tuple[int, int, int]:
    """The number of windows, their length and their channels."""
    windows = task.windows
    return len(windows), windows.memory + windows.length, windows.signal.channels


@hookimpl
def emgctl_trainers() -> list[type[Trainer[Any]]]:
    """Register the trainer."""
    return [ClassifierTrainer]
