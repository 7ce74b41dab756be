"""Readers of public EMG data sets and of the formats laboratories exchange; docs/datasets.md has the table."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader
from emgctl_datasets.acq import Acq
from emgctl_datasets.bids import Bids
from emgctl_datasets.c3d import C3d
from emgctl_datasets.cote_allard import CoteAllard
from emgctl_datasets.csl import Csl
from emgctl_datasets.dutra import Dutra
from emgctl_datasets.edf import Edf
from emgctl_datasets.emg2pose import Emg2Pose
from emgctl_datasets.flexemg import FlexEmg
from emgctl_datasets.ice import Ice
from emgctl_datasets.markers import Markers
from emgctl_datasets.matlab import Matlab
from emgctl_datasets.ninapro import NinaPro
from emgctl_datasets.ninapro_names import NinaProNames
from emgctl_datasets.openhdemg import OpenHdEmg
from emgctl_datasets.opensignals import OpenSignals
from emgctl_datasets.otbiolab import OtBioLab
from emgctl_datasets.suguru import Suguru
from emgctl_datasets.unibo import Unibo
from emgctl_datasets.wfdb_records import Wfdb
from emgctl_datasets.xdf import Xdf


@hookimpl
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Register the readers."""
    return [
        CoteAllard, Csl, Dutra, Emg2Pose, FlexEmg, Ice, Markers, Suguru, NinaPro, NinaProNames, Unibo, Xdf, Edf,
        Acq, Bids, C3d, OpenHdEmg, OpenSignals, OtBioLab, Wfdb, Matlab,
    ]  # fmt: skip
