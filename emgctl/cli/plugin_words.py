"""A plugin's options as words of the command line: ``[ARGUMENT] [KEY=VALUE]...``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from emgctl.plugin import Input, Simulator

    P = TypeVar("P", Input, Simulator)


def constructed(who: str, cls: type[P], words: Sequence[str]) -> P:
    """The plugin with these options; the first word may be the value of its ``argument``.

    Raises:
        UsageError: a word is not KEY=VALUE, or an option is wrong; ``who`` begins the message.
    """
    import yaml
    from pydantic import ValidationError

    from emgctl.errors import UsageError
    from emgctl.profile.load import construct
    from emgctl.profile.locations import options_error

    values: dict[str, Any] = {}
    for number, word in enumerate(words):
        key, is_setting, value = word.partition("=")
        if not is_setting and number == 0 and cls.argument:
            key, value = cls.argument, word
        elif not is_setting:
            raise UsageError(f"{who}: '{word}' is not KEY=VALUE")
        field = cls.Options.model_fields.get(key)
        text = field is not None and (field.annotation is str or key == cls.argument)
        values[key] = value if text else yaml.safe_load(value)
    try:
        return construct(cls, values)
    except ValidationError as error:
        raise options_error(who, error, cls.Options) from error
