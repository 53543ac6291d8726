"""optuna-dashboard over the service's own storage and artifacts."""

from __future__ import annotations

import logging
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from optuna.artifacts import FileSystemArtifactStore
from optuna_dashboard import wsgi

from tuner.errors import TunerError
from tuner.storage import Storage

logger = logging.getLogger(__name__)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        logger.debug(format, *args)


def make_dashboard(storage: Storage, artifacts: Path, host: str, port: int) -> WSGIServer:
    """Bind the dashboard, ready for `serve_forever`.

    The library's own command is not used: it opens the storage in its own way, and fails on an empty database.

    Raises
    ------
    TunerError
        If the address cannot be bound.
    """
    artifacts.mkdir(parents=True, exist_ok=True)
    app = wsgi(storage.optuna, artifact_store=FileSystemArtifactStore(str(artifacts)))
    try:
        return make_server(host, port, app, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        raise TunerError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error
    except (TypeError, UnicodeError) as error:
        raise TunerError(f"cannot listen on {host}: that is no name of a host; give another with --host") from error
