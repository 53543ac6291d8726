"""Files that belong to trials: our pictures are shown, everything else is handed over as a file to keep."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from optuna.artifacts import ArtifactMeta, get_all_artifact_meta
from werkzeug import Response
from werkzeug.exceptions import NotFound
from werkzeug.utils import secure_filename, send_file

from tuner.front.shown import shown_trial
from tuner.front.visits import Role, Route, Visit
from tuner.storage import Storage

_POLICY = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OURS = {"learning_curve.png", "confusion_matrix.png"}
_LARGEST_SIDE = 10_000  # pixels; a browser unpacks a picture whole


class Artifacts:
    """Serves the files of the trials of the studies that are shown.

    Parameters
    ----------
    storage : Storage
        Which trial has which files.
    folder : Path
        Where the files lie.
    """

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage, self._folder = storage, folder

    def routes(self) -> list[Route]:
        """List what may be asked for."""
        numbers = "<int(max=2147483647):study_id>/<int(max=2147483647):trial_id>"
        return [Route("GET", f"/artifacts/{numbers}/<uuid:artifact_id>", Role.READER, self._send)]

    def _send(self, visit: Visit) -> Response:
        meta = self._meta(**visit.arguments)
        file = _open(self._folder / meta.artifact_id)
        is_ours = meta.filename in _OURS and _is_picture(file.read(24))
        file.seek(0)
        answer = send_file(
            file,
            visit.request.environ,
            mimetype="image/png" if is_ours else "application/octet-stream",
            as_attachment=not is_ours,
            download_name=secure_filename(meta.filename) or "artifact",
            max_age=None,
        )
        answer.content_length = os.fstat(file.fileno()).st_size
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    def _meta(self, study_id: int, trial_id: int, artifact_id: object) -> ArtifactMeta:
        trial = shown_trial(self._storage, study_id, trial_id)
        metas = get_all_artifact_meta(trial, storage=self._storage.optuna)
        found = next((meta for meta in metas if meta.artifact_id == str(artifact_id)), None)
        if found is None:
            raise NotFound("the trial has no such file")
        return found


def _open(path: Path) -> BinaryIO:
    try:
        file = open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise NotFound("the file is not in this home: the trial's worker wrote to another") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotFound("the file is no regular file")
    return file


def _is_picture(head: bytes) -> bool:
    """Tell a PNG of a size that a browser can unpack by its first 24 bytes."""
    sides = (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
    return head[:16] == b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" and all(0 < side <= _LARGEST_SIDE for side in sides)
