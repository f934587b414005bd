"""Servers in a thread of this process."""

import threading
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    """Logs nothing. Werkzeug's log keeps writing to the stderr of its first request, which a test may have closed."""

    def log(self, *_):
        pass


@contextmanager
def listening(server):
    """The address of a server that answers until the end. No request outlives it."""
    server.daemon_threads = False  # so that closing waits for the threads of requests
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(app):
    """The address of an app that answers until the end."""
    return listening(make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent))
