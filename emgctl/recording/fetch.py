"""Downloads known data sets: resumed where they were cut, kept only if they are what they should be, and unpacked."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.errors import EmgctlError, FileError, missing_extra
from emgctl.support.atomic_write import put_in_place

TIMEOUT_S = 30.0
PIECE = 1 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Download:
    """A file on the web: what it must be (SHA-256), how large it is, whose it is and under which licence.

    A tar is unpacked into a ``folder``, where one is named.
    """

    name: str
    url: str
    sha256: str
    megabytes: int
    licence: str
    source: str
    folder: str = ""

    @property
    def file(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]


KNOWN = {
    one.name: one
    for one in (
        Download(
            "emg2pose-mini",
            "https://fb-ctrl-oss.s3.amazonaws.com/emg2pose/emg2pose_dataset_mini.tar",
            "d7400e98508ccbb2139c2d78e552867b23501f637456546fd6680f3fe7fec50d",
            600,
            "CC BY-NC-SA 4.0",
            "emg2pose: A Large and Diverse Benchmark for Surface Electromyographic Hand Pose Estimation (2024)",
            "emg2pose_dataset_mini",
        ),
    )
}


def fetch(download: Download, into: Path, progress: Progress) -> Path:
    """Download a file into a folder and unpack it; what is already there and right is not downloaded again.

    A download that is cut leaves ``FILE.part``, with which the next one goes on. What was unpacked is complete, or not
    there; the tar stays beside it and may be deleted.

    Args:
        download: what.
        into: the folder; it is made if it is missing.
        progress: told the bytes that are there and how many there will be.

    Returns:
        The file, or the folder that it was unpacked into, which a reader can be pointed at.

    Raises:
        DeviceError: pooch is not installed.
        FileError: the folder can't be written to, or what came is not what it should be.
        EmgctlError: the server can't be reached, or does not have it.
    """
    unpacked = into / download.folder
    if download.folder and unpacked.is_dir():
        return unpacked
    try:
        import pooch
        import requests
    except ImportError as error:
        raise missing_extra("emgctl data fetch", "pooch", "datasets") from error
    target, part = into / download.file, into / f"{download.file}.part"

    def resume(url: str, output_file: str, _: Any) -> None:
        _complete(url, part, progress)
        put_in_place(part, Path(output_file), keep=False)  # pooch looks at its hash, and gives it its name

    try:
        into.mkdir(parents=True, exist_ok=True)
        pooch.get_logger().setLevel("ERROR")
        found = pooch.retrieve(download.url, f"sha256:{download.sha256}", target.name, into, downloader=resume)
    except requests.RequestException as error:
        raise EmgctlError(
            f"{download.url}: {_said(error)}; what has come so far is in {part}, and the same command goes on with it"
            if part.exists()
            else f"{download.url}: {_said(error)}; is there a connection to the internet?"
        ) from error
    except OSError as error:
        raise FileError.from_os(error.filename or into, "written", error) from error
    except ValueError as error:  # pooch: the hash is another one
        raise FileError(
            target, "is not the file it should be (its sha256 differs) and was deleted", remedy="download it again"
        ) from error
    return unpack(Path(found), unpacked) if download.folder else Path(found)


def unpack(tar: Path, folder: Path) -> Path:
    """Unpack a tar; a single folder in it becomes ``folder``, complete or not at all.

    Nothing can leave the folder, and nothing in it takes more space than in the tar: see :func:`_plain`; a compressed
    tar is refused. ``pooch.Untar`` is no substitute: before Python 3.12 it unpacks without a filter, and later it still
    creates links, unpacks sparse and compressed content without a limit and leaves half a folder after an error.

    Raises:
        FileError: it is damaged, or holds something that wants to be elsewhere; then nothing is unpacked.
    """
    if not hasattr(tarfile, "data_filter"):  # PEP 706
        raise FileError(tar, "can't be unpacked safely by this Python", remedy="take 3.11.4 or later, or unpack it")
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}", dir=folder.parent))
    try:
        with tarfile.open(tar, "r:") as opened:
            opened.extractall(part, filter=_plain)  # noqa: S202 - stricter than the filter "data"
        part.chmod(0o755)
        inside = list(part.iterdir())
        put_in_place(inside[0] if len(inside) == 1 and inside[0].is_dir() else part, folder, keep=False)
    except tarfile.FilterError as error:
        raise FileError(
            tar,
            f"is not unpacked, as it holds what a data set should not: {error}",
            remedy="download it from its source",
        ) from error
    except (tarfile.TarError, EOFError) as error:
        raise FileError(tar, f"can't be unpacked: {error}", remedy="delete it and download it again") from error
    except OSError as error:
        raise FileError.from_os(folder, "unpacked", error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _plain(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Let only folders and complete files inside ``folder`` pass, without their owners and special permissions.

    Raises:
        FilterError: it is a link, a device or a sparse file, or its name leads out of the folder.
    """
    if member.issparse() or not (member.isdir() or member.isreg()):
        raise tarfile.FilterError(f"'{member.name}' is a link, a device or a sparse file")
    return tarfile.data_filter(member, folder)


def _complete(url: str, part: Path, progress: Progress) -> None:
    """Download what is still missing of ``part``."""
    import requests

    have = part.stat().st_size if part.exists() else 0
    with requests.get(
        url, headers={"Range": f"bytes={have}-"} if have else {}, stream=True, timeout=TIMEOUT_S
    ) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            have = 0  # a server that can't go on begins anew
        total = have + int(answer.headers.get("Content-Length", 0))
        with part.open("ab" if have else "wb") as file:
            for piece in answer.iter_content(PIECE):
                file.write(piece)
                have += len(piece)
                progress(have, max(total, have))
    if have < total:  # a server that hung up in the middle is not always noticed
        raise requests.ConnectionError("the connection was cut")


def _said(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answers {response.status_code} {response.reason}"
    return "the connection was cut" if "cut" in str(error) or "broken" in str(error).lower() else "can't be reached"
