#!/usr/bin/env python3
"""Damage profiles, models, recordings and data files in random ways, read them, and check what must never happen.

    python scripts/fuzz_files.py --kind recording --count 100000 [--seconds 600] [--seed 0] [--keep FOLDER]

Each case is read by a forked process with 1 GB more of address space and 10 s, and ends in a result or in one of
emgctl's own errors, whose message is one printable line of bounded length. A crash, a hang, another exception or a file
opened outside the folder is a violation: the file is kept, its seed is told, and the status is 1.

Where emgctl lets a process of its own try a file out first (HDF5, MATLAB, XDF, models), that step is the first half of
a case here. Its end by a signal, by time or by memory is what that process is for; such files count as refused and
are listed as "ended the trial".
"""

import argparse
import collections
import json
import mmap
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import time
from pathlib import Path

import fuzz_seeds

ROOT = Path(__file__).resolve().parent.parent
MEMORY, CASE_S, BATCH = 1 << 30, 10, 200
LONGEST_MESSAGE = 6000  # a profile may have several problems, one a line
NUMBERS = [0, 1, 2, 7, 8, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 64) - 1]
WORDS = [b"<<: *a", b"&a ", b"*a", b"!!binary ", b"[", b"{", b"\0", b"\x1b[2J", b"nan", b"-1", b"1e999", b"9" * 50]
WORDS += [b"\n", b",", b": ", b"\xff", b"PK\x03\x04", b"GCOL", b"<!ENTITY", b"\x93NUMPY", b"'shape': (1,)", b"Loop"]


def mutated(r, data, others):
    """A copy of ``data``, damaged in one to four ways."""
    found = bytearray(data)
    for _ in range(r.choice((1, 1, 1, 2, 4))):
        length = len(found)
        at = r.randrange(length + 1) if r.random() < 0.5 else min(r.randrange(600), length)
        kind = r.randrange(9)
        if kind <= 1 and at < length:
            found[at] ^= 1 << r.randrange(8)
        elif kind == 2:
            width = r.choice((1, 2, 4, 8))
            number = r.choice(NUMBERS) & ((1 << 8 * width) - 1)
            found[at : at + width] = number.to_bytes(width, r.choice(("little", "big")))
        elif kind == 3:
            del found[at:]
        elif kind == 4:
            del found[at : at + r.choice((1, 2, 8, 100))]
        elif kind == 5:
            found[at:at] = r.choice(WORDS)
        elif kind == 6:
            begin = r.randrange(length + 1)
            found[at:at] = found[begin : begin + r.choice((1, 8, 64, 1000))] * r.choice((1, 1, 3, 50))
        elif kind == 7:
            other = r.choice(others)
            begin = r.randrange(len(other) + 1)
            found[at : at + 64] = other[begin : begin + r.choice((8, 64, 512))]
        else:
            found[at : at + 8] = struct.pack("<d", r.choice((float("nan"), float("inf"), -1e308, 0.0)))
    return bytes(found)


def with_checksum(data):
    """A recording whose superblock is believed although it was damaged."""
    from emgctl.recording.hdf5 import lookup3

    return data[:44] + lookup3(data[:44]).to_bytes(4, "little") + data[48:] if len(data) > 48 else data


def readers(kind):
    """What tries a file out, or None, and what reads it then."""
    from emgctl.inference.model import Model
    from emgctl.inference.model_trial import read_all as try_model
    from emgctl.profile.combination import load_combination
    from emgctl.profile.load import is_combination, load_profile
    from emgctl.recording import hdf5
    from emgctl.recording.datasets import read_dataset
    from emgctl.registry import Registry
    from emgctl.support import vetting

    def profile(_, path):
        load = load_combination if is_combination(path) else load_profile
        load(path, registry)

    registry = Registry()
    registry.all("dataset")
    vetting._is_known = lambda _: True  # the step before has tried it out in this very process

    def model(_, path):
        Model.load(path)

    def data_trial(reader, path):
        import importlib

        known = {"xdf": "emgctl_datasets.xdf", "parquet": "emgctl_files.parquet"}
        known |= dict.fromkeys(("ninapro", "otbiolab", "mat"), "emgctl_datasets.mat_sizes")
        known |= dict.fromkeys(("emg2pose", "opensignals"), hdf5.READER)
        module = known.get(reader) or getattr(registry.dataset(reader), "trial", None)
        if module == known["ninapro"] and path.read_bytes().startswith(hdf5.MATLAB):
            module = hdf5.READER
        if module:
            importlib.import_module(module).read_all(path)

    return {
        "profile": (None, profile),
        "model": (lambda _, path: try_model(path), model),
        "recording": (lambda _, path: hdf5.read_all(path), lambda _, path: read_dataset(f"recording:{path}", registry)),
        "data": (data_trial, lambda reader, path: read_dataset(f"{reader}:{path}", registry)),
    }[kind]


def seeds(kind, folder):
    if kind == "profile":
        return [("", path) for path in sorted((ROOT / "profiles").glob("*.yaml"))]
    if kind == "model":
        return fuzz_seeds.models(folder, ROOT / "profiles" / "demo.onnx")
    return {"recording": fuzz_seeds.recordings, "data": fuzz_seeds.data}[kind](folder)


def watch_files(folder):
    """Note each file that Python opens outside the folder; what the interpreter and libraries need is let pass."""
    import numpy

    allowed = [str(folder), sys.prefix, sys.base_prefix, str(ROOT), str(Path(numpy.__file__).parents[1].resolve())]
    allowed += ["/proc/", "/sys/", "/dev/null", "/dev/urandom", "/usr/", "/lib", "/etc/localtime", str(ROOT.resolve())]
    found = []

    def hook(event, arguments):
        opened = arguments[0] if event == "open" and isinstance(arguments[0], str) else ""
        if opened.startswith("/") and not opened.startswith(tuple(allowed)):
            found.append(opened)

    sys.addaudithook(hook)
    return found


def run_case(reader, path, state):
    from emgctl.errors import EmgctlError, PluginError

    attempt, read = state["readers"]
    outside = state["outside"]
    outside.clear()
    results, shared = state["results"], state["shared"]
    try:
        shared[8] = 1
        if attempt is not None:
            attempt(reader, path)
        shared[8] = 2
        read(reader, path)
        results["read"] += 1
    except PluginError as error:  # the reader's own code failed
        return f"reader: {str(error)[:200]}"
    except EmgctlError as error:
        results["refused"] += 1
        text = str(error)
        if len(text) > LONGEST_MESSAGE or not all(line.isprintable() for line in text.splitlines()):
            return f"message: {text[:300]!r}"
    except MemoryError:
        if shared[8] == 2 and attempt is not None:
            return "memory"
        results["ended the trial" if attempt else "refused"] += 1
    except Exception as error:
        if shared[8] == 2 or attempt is None:
            return f"{type(error).__name__}: {str(error)[:200]}"
        results["refused"] += 1  # the process that tries files out makes a sentence of it
    return f"opened {outside[0]}" if outside else ""


def batch(wanted, first, last, state):
    """In a forked process: read the cases from ``first`` to ``last``; what is wrong goes to the pipe."""
    limit = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    violations = []
    for number in range(first, last):
        state["shared"][:8] = number.to_bytes(8, "little")
        reader, path = made(wanted, number, state)
        signal.alarm(CASE_S)
        wrong = run_case(reader, path, state)
        signal.alarm(0)
        if wrong:
            violations.append((number, wrong))
    os.write(state["pipe"], json.dumps([state["results"], violations]).encode())
    os._exit(0)


def made(wanted, number, state):
    """The file of a case: always the same for the same seed."""
    r = random.Random(f"{wanted.kind} {wanted.seed} {number}")
    reader, path, content = r.choice(state["seeds"])
    data = mutated(r, content, state["contents"])
    if wanted.kind == "recording" and r.random() < 0.7:
        data = with_checksum(data)
    target = state["folder"] / f"case-{path.name}"
    target.write_bytes(data)
    return reader, target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=("profile", "model", "recording", "data"), required=True)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the files that show a violation")
    wanted = parser.parse_args()
    os.environ.update(EMGCTL_CACHE="off", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    total, wrong, begun_s, number = collections.Counter(), [], time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="emgctl-fuzz-") as name:
        folder = Path(name)
        listed = [(reader, path, path.read_bytes()) for reader, path in seeds(wanted.kind, folder)]
        state = {"folder": folder, "seeds": listed, "contents": [content for _, _, content in listed]}
        state |= {"readers": readers(wanted.kind), "outside": watch_files(folder), "shared": mmap.mmap(-1, 16)}
        for reader, path, _ in listed:  # all that is imported is so before the processes fork
            found = state["readers"]
            if found[0]:
                found[0](reader, path)
            found[1](reader, path)
        with Path(os.devnull).open("w", encoding="utf-8") as null:
            os.dup2(null.fileno(), 2)
        while number < wanted.count and time.monotonic() - begun_s < wanted.seconds:
            last = min(number + BATCH, wanted.count)
            reading, state["pipe"] = os.pipe()
            state["results"] = collections.Counter()
            child = os.fork()
            if not child:
                try:
                    batch(wanted, number, last, state)
                finally:
                    os._exit(70)
            os.close(state["pipe"])
            with os.fdopen(reading, "rb") as file:
                answer = file.read()
            _, status = os.waitpid(child, 0)
            if answer:
                counted, violations = json.loads(answer)
                total.update(counted)
                number = last
            else:  # it ended in the middle: the case is judged, and the cases before it are counted as they must be
                at = int.from_bytes(state["shared"][:8], "little")
                ending = (
                    f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
                )
                caught = state["shared"][8] == 1 and state["readers"][0] is not None
                total["ended the trial" if caught else "crash or hang"] += 1
                total["before such an end"] += at - number
                violations = [] if caught else [(at, ending)]
                number = at + 1
            for case, text in violations:
                wrong.append(case)
                print(f"seed {wanted.seed}, case {case}: {text}", flush=True)
                if wanted.keep:
                    wanted.keep.mkdir(parents=True, exist_ok=True)
                    _, path = made(wanted, case, state)
                    path.replace(wanted.keep / f"{wanted.seed}-{case}-{path.name}")
    took_s = time.monotonic() - begun_s
    counts = ", ".join(f"{count} {name}" for name, count in total.items())
    rate = number / took_s
    print(f"{wanted.kind}: {number} cases ({counts}), {len(wrong)} violations; {took_s:.0f} s, {rate:.0f} a second")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
