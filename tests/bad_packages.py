"""Sources of plugin packages that break the contract, each in its own way, and of some that keep it."""

from __future__ import annotations

from textwrap import indent

HEAD = """\
from emgctl.support.diagnostics import Diagnostic
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder, Options, Output, WindowSpec
from emgctl.types import Gesture, Signal
"""


def output(kind: object, body: str = "") -> str:
    """A package with one output, whose class has ``body`` beside what ``body`` does not define."""
    methods = [
        f"def {method}: pass"
        for method in ("open(self, session)", "send(self, command)", "close(self)")
        if f"def {method.partition('(')[0]}(" not in body
    ]
    inside = indent("\n".join([f"kind = {kind!r}", body, *methods]), "    ")
    return f"class Bad(Output):\n    'An output.'\n{inside}\n\n@hookimpl\ndef emgctl_outputs():\n    return [Bad]\n"


def asked(kind: str, method: str, statement: str) -> str:
    """A package with one output that is asked before a run: ``method`` does ``statement``."""
    return output(kind, f"@classmethod\ndef {method}:\n    import time\n    {statement}")


def decoder(kind: str, opening: str) -> str:
    """A package with one decoder, whose ``open`` is the statement ``opening``."""
    return (
        f"class Bad(Decoder):\n    'A decoder.'\n    kind = {kind!r}\n    def open(self): {opening}\n"
        "    def decode(self, window, window_end_s): return Gesture('rest', 1.0, {'rest': 1.0}, 0.0, window_end_s)\n"
        "    def reset(self): pass\n\n@hookimpl\ndef emgctl_decoders():\n    return [Bad]\n"
    )


def hook(body: str, name: str = "emgctl_outputs") -> str:
    """A package with nothing but a hook."""
    return f"import threading\n@hookimpl\ndef {name}(): {body}\n"


LEFT_OUT: dict[str, tuple[str, str]] = {
    "raises": (
        "raise RuntimeError('no luck\\x1b[31m\\n' + 'x' * 1000)",
        "its import raised RuntimeError: no luck\\x1b[31m\\nxxx",
    ),
    "exits": ("import sys\nsys.exit(0)", "its import raised SystemExit: 0 (bad_exits.py:6)"),
    "interrupts": ("raise KeyboardInterrupt", "its import raised KeyboardInterrupt (bad_interrupts.py:5)"),
    "odd": (
        "class Odd(BaseException):\n    def __str__(self): raise ValueError\nraise Odd",
        "its import raised Odd (bad_odd.py:7)",
    ),
    "syntax": ("def (", "its import raised SyntaxError: invalid syntax"),
    "needs": ("import no_such_library", "its import raised ModuleNotFoundError: No module named 'no_such_library'"),
    "hangs": ("import time\nwhile True: time.sleep(60)", "its import did not finish within 2 s"),
    "misspelt": (
        output("misspelt").replace("emgctl_outputs", "emgctl_outpust"),
        "there is no hook emgctl_outpust(); did you mean 'emgctl_outputs'?",
    ),
    "unmarked": (output("unmarked").replace("@hookimpl", ""), "emgctl_outputs() is not marked with @hookimpl"),
    "empty": ("", "it has none of the hooks, marked with @hookimpl: emgctl_inputs(), emgctl_decoders()"),
    "argument": (
        output("argument").replace("outputs()", "outputs(config)"),
        "emgctl_outputs() is called without arguments, but needs 'config'",
    ),
    "hook_raises": (hook("raise SystemExit(3)"), "emgctl_outputs() raised SystemExit: 3"),
    "hook_hangs": (hook("threading.Event().wait()"), "emgctl_outputs() did not finish within 2 s"),
    "hook_yields": (hook("yield []"), "emgctl_outputs() must return a list; it is asynchronous or contains 'yield'"),
    "none": (hook("return None"), "emgctl_outputs() returned NoneType, not a list of classes"),
    "stranger": (hook("return [dict]"), "dict: is not derived from emgctl.plugin, not of the role output"),
    "bare": (
        output("bare").replace("[Bad]", "Bad"),
        "emgctl_outputs() returned the class Bad, not a list of classes",
    ),
    "instance": (output("instance").replace("[Bad]", "[Bad(Options())]"), "Bad: is an object of Bad, not a class"),
    "role": (
        output("role").replace("emgctl_outputs", "emgctl_inputs"),
        "Bad: is of the role output, not of the role input",
    ),
    "kindless": (output("x").replace("kind = 'x'", ""), "Bad: has no 'kind'"),
    "kind_number": (output(7), "its 'kind' is 7, not a word"),
    "kind_spaces": (output("two words"), "its 'kind' is 'two words', not a word"),
    "abstract": (output("abstract").replace("def send", "def sned"), "lacks send()"),
    "signature": (
        output("signature", "def send(self): pass"),
        "send(command) can't be called: too many positional arguments",
    ),
    "init": (
        output("init", "def __init__(self, options, port): pass"),
        "can't be constructed from its options alone: missing a required argument: 'port'",
    ),
    "awaits": (output("awaits", "async def send(self, command): pass"), "send() is asynchronous"),
    "sends_lazily": (output("sends_lazily", "def send(self, command): yield"), "send() contains 'yield'"),
    "unbound": (output("unbound", "def findings(cls): return []"), "findings() must be a classmethod"),
    "unproper": (output("unproper", "def resend_s(self): return 1.0"), "resend_s must be a property"),
    "slow": (output("slow", "slow = 'yes'"), "its 'slow' is an object of str"),
    "options": (output("options", "Options = dict"), "its 'Options' is not a pydantic model"),
    "undefined": (
        "class Late(Options):\n    x: 'Nowhere'\n" + output("undefined", "Options = Late"),
        "Bad raised PydanticUndefinedAnnotation: name 'Nowhere' is not defined",
    ),
    "hand": (output("hand"), "provides the output 'hand' too and takes precedence"),
    "twin_b": (output("twin"), "package bad-twin-a 1.0 provides the output 'twin' too"),
}
"""Packages of which nothing can be used, by entry point: the source, and the reason that has to be named."""

_VALIDATING = """\
from pydantic import field_validator
class Strict(Options):
    x: int = 0
    @field_validator('x')
    @classmethod
    def check(cls, x): raise SystemExit(0)
"""

USABLE: dict[str, str] = {
    "good": output("good"),
    "twin_a": output("twin"),
    "prints": "print('a banner')\n" + output("prints"),
    "half": output("half") + hook("return [Bad]", "emgctl_decoders"),
    "no_summary": asked("no_summary", "summary(cls)", "raise SystemExit('no')"),
    "finds_hang": asked("finds_hang", "findings(cls)", "time.sleep(60)"),
    "finds_raise": asked("finds_raise", "findings(cls)", "raise SystemExit(0)"),
    "finds_much": asked("finds_much", "findings(cls)", "while True: yield Diagnostic('x', True)"),
    "finds_bytes": asked("finds_bytes", "findings(cls)", "return [Diagnostic('x', True, b'y')]"),
    "closes_stdout": "import sys\nsys.stdout.close()\n" + output("closes_stdout"),
    "init_hangs": output("init_hangs", "def __init__(self, options):\n    import time\n    time.sleep(60)"),
    "finds_odd": asked("finds_odd", "findings(cls)", "return ['a driver']"),
    "devices_hang": asked("devices_hang", "devices(cls, seconds)", "yield time.sleep(60)"),
    "devices_raise": asked("devices_raise", "devices(cls, seconds)", "raise KeyboardInterrupt"),
    "validates": _VALIDATING + output("validates", "Options = Strict"),
    "init_raises": output("init_raises", "def __init__(self, options): raise KeyError('port')"),
    "picky": output("picky", "def problems(self, spec): yield ('grips', 'fsit'), 'known: ' + ', '.join(spec.labels)"),
    "unclear": output("unclear", "def problems(self, spec): return ['grips are wrong']"),
    "unsure": output("unsure", "def problems(self, spec): raise SystemExit(0)"),
    "decides": decoder("decides", "return WindowSpec(Signal(8, 200.0), 40, 10, ('rest', 'fist'), 'rest')"),
    "opens_raise": decoder("opens_raise", "raise SystemExit(0)"),
    "opens_odd": decoder("opens_odd", "return None"),
    "opens_wrong": decoder("opens_wrong", "return WindowSpec(Signal(8, float('nan')), 40, 0, ['rest'], 'rest')"),
}
"""Packages that register a class; what is wrong with it shows later, if anything is."""
