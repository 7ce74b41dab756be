"""Whose recording it is, and of which session."""

from __future__ import annotations

from pathlib import Path

from emgctl.types import Recording


def session_of(recording: Recording) -> tuple[str, str]:
    """Subject and session; where the reader knows no subject, the name before the last hyphen: "anna-2" is Anna's."""
    session = recording.session or Path(recording.source).stem
    return recording.subject or session.rpartition("-")[0] or session, session
