"""The readers of files that other programs write: text, numpy, Parquet and sound files, EMG-4 rows, LibEMG."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader
from emgctl_files.emg4 import Emg4
from emgctl_files.libemg import LibEmg
from emgctl_files.npz import Npz
from emgctl_files.parquet import Parquet
from emgctl_files.text import Text
from emgctl_files.wav import Wav


@hookimpl
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Register the readers."""
    return [Text, Npz, Emg4, LibEmg, Parquet, Wav]
