"""One connection: it receives requests, lets the application answer them in their order, and ends."""

import logging
from typing import Any

import gevent
import gevent.socket

from api.server.answering import TOGETHER_BYTES, Answer, Application
from api.server.places import Place, Places
from api.server.reading import Request, RequestReader
from api.server.refusals import FULL, Refusal, RefusalCounts, refusal_answer
from api.server.turns import Turns

logger = logging.getLogger("textlab_api")

RECEIVED_AT_ONCE = 16_384
PARSED_AT_ONCE = 2_048  # holds few requests, because parsed ones need more memory than their bytes
ANSWERED_AT_ONCE = 8
LONG_REQUESTS = "/models/load/"
PARTING_SECONDS = 1.0  # for a refused client to read the answer; closing at once would destroy it
PARTING_BYTES = 8_388_608
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FAILED = Refusal(
    500, "failed", "An internal error prevented an answer.", "Retry the request; if it fails again, tell the operator."
)


class Connection:
    """A connection and its greenlet.

    Args:
        client: the socket, after the TLS handshake if there is one.
        place: its place among the open connections.
        places: the open connections.
        reader: parses what the client sends.
        application: the WSGI application.
        refusals: counts the refused requests.
        turns: gives turns to the connections that have much to do.
    """

    def __init__(
        self,
        client: Any,
        place: Place,
        places: Places,
        reader: RequestReader,
        application: Application,
        refusals: RefusalCounts,
        turns: Turns,
    ) -> None:
        self._client, self._place, self._places = client, place, places
        self._reader, self._application, self._refusals = reader, application, refusals
        self._turns = turns
        self._round = self._answered = 0  # the event loop's round, and the number of answers in it

    def serve(self) -> None:
        """Answer requests until one side ends the connection."""
        reader, receive = self._reader, self._client.recv
        while data := receive(RECEIVED_AT_ONCE):
            for start in range(0, len(data), PARSED_AT_ONCE):
                reader.feed(data[start : start + PARSED_AT_ONCE])
                while reader.requests:
                    if not self._answer(reader.requests.popleft()):
                        return
                    if reader.requests or self._has_answered_much():
                        self._turns.wait()  # a client that does not wait for answers gives way to others
                if reader.refusal is not None:
                    self._refuse(reader.refusal)
                    return
            if reader.in_progress:
                self._places.receive(self._place, reader.body_bytes)
                if reader.awaits_continue:
                    reader.awaits_continue = False
                    self._client.sendall(CONTINUE)
                elif len(data) == RECEIVED_AT_ONCE:
                    self._turns.wait()  # more may be waiting, and reading it at once would delay other connections

    def _has_answered_much(self) -> bool:
        """Return True after every eighth answer in one round of the event loop.

        A client that waits for each answer gets one answer in a round.
        """
        current = gevent.get_hub().loop.iteration
        if current != self._round:
            self._round, self._answered = current, 0
        self._answered += 1
        return self._answered % ANSWERED_AT_ONCE == 0

    def _answer(self, request: Request) -> bool:
        """Answer a request. Returns whether the connection can carry another one."""
        path = str(request.environ["PATH_INFO"])
        if self._places.is_reserved(self._place, path):
            self._refuse(FULL)
            return False
        self._places.answer(self._place, unlimited=path.startswith(LONG_REQUESTS))
        answer = Answer(request.environ)
        try:
            answer.run(self._application)
            keep_alive = request.keep_alive and not self._places.stopping and not self._place.reserved
            first = answer.first(keep_alive)
        except Exception as error:
            answer.close()
            logger.error("unexpected error", exc_info=error)
            self._refuse(FAILED)
            return False
        self._places.send(self._place)
        try:
            if len(first) <= RECEIVED_AT_ONCE:
                sent = self._client.send(first)  # sendall looks up the size of the buffer first
                if sent < len(first):
                    self._client.sendall(memoryview(first)[sent:])
            else:
                self._send_in_turns(first)
            for piece in answer.others():
                self._send_in_turns(piece)
        finally:
            answer.close()
        self._places.idle(self._place)
        return keep_alive and answer.complete

    def _send_in_turns(self, data: bytes) -> None:
        """Send `data` in pieces, between which other connections get their turn."""
        view = memoryview(data)
        for start in range(0, len(view), TOGETHER_BYTES):
            self._client.sendall(view[start : start + TOGETHER_BYTES])
            self._turns.wait()

    def _refuse(self, refusal: Refusal) -> None:
        self._refusals.add(refusal.kind)
        self._places.part(self._place, PARTING_SECONDS)
        self._client.sendall(refusal_answer(refusal))
        self._client.shutdown(gevent.socket.SHUT_WR)
        received = 0
        while received < PARTING_BYTES and (data := self._client.recv(RECEIVED_AT_ONCE)):
            received += len(data)
            self._turns.wait()
