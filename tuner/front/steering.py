"""Pausing, resuming and stopping studies from a browser, as the commands of these names do."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from optuna.trial import TrialState
from werkzeug import Response
from werkzeug.exceptions import NotFound

from tuner.front.own_pages import render
from tuner.front.visits import Role, Route, Visit, see
from tuner.storage import Command, Storage
from tuner.study.record import find_study, study_names

_log = logging.getLogger(__name__)

_COMMANDS: dict[str, Command] = {"pause": "pause", "resume": "run", "stop": "stop"}
_VERBS = {"pause": "Pause", "resume": "Resume", "stop": "Stop"}
_STATES = {"run": "Runs wherever it has workers.", "pause": "Is paused.", "stop": "Is stopped."}


@dataclass(frozen=True)
class _Row:
    name: str
    state: str
    running: list[int]


class Steering:
    """A page with the buttons, and what they do.

    Parameters
    ----------
    storage : Storage
        The studies.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def routes(self) -> list[Route]:
        """List what may be asked for."""
        study = "/steering/<name>"
        return [
            Route("GET", "/steering", Role.STEERER, self._show),
            Route("POST", f"{study}/<any({','.join(_COMMANDS)}):verb>", Role.STEERER, self._steer),
            Route("POST", f"{study}/trials/<int(max=2147483647):number>/stop", Role.STEERER, self._stop_trial),
        ]

    def _show(self, visit: Visit) -> Response:
        studies = [self._row(name) for name in study_names(self._storage)]
        assert visit.session is not None
        return render("steering.html", studies=studies, verbs=_VERBS, csrf_token=visit.session.csrf_token)

    def _row(self, name: str) -> _Row:
        study_id = self._id_of(name)
        control = self._storage.control.of(study_id)
        state = _STATES[control.command] + (f" {control.reason}" if control.reason else "")
        trials = self._storage.optuna.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        return _Row(name, state, [trial.number for trial in trials])

    def _steer(self, visit: Visit) -> Response:
        name, verb = visit.arguments["name"], visit.arguments["verb"]
        self._storage.control.set_command(self._id_of(name), _COMMANDS[verb])
        _log.info("dashboard: study %s: %s", name, verb)
        return see("/steering")

    def _stop_trial(self, visit: Visit) -> Response:
        name, number = visit.arguments["name"], visit.arguments["number"]
        self._storage.leases.stop_trial(self._id_of(name), number)
        _log.info("dashboard: study %s: trial %d ends", name, number)
        return see("/steering")

    def _id_of(self, name: str) -> int:
        study_id = find_study(self._storage, name)
        if study_id is None or self._storage.control.find(study_id) is None:
            raise NotFound("there is no such study, or it was not made by `tuner create`")
        return study_id
