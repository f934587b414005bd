"""Attacks on the model: the largest requests, texts that cost most, and missing versions."""

import http.client
import itertools
import json
import socket
import threading
from contextlib import suppress
from http.client import HTTPException

from promoted import ADMIN
from served import Server

TEXTS, CHARACTERS = 256, 1000
LARGEST = json.dumps({"texts": ["! " * (CHARACTERS // 2)] * TEXTS})
COSTLIEST = json.dumps({"text": "a-b " * (CHARACTERS // 4)})
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
LEAVING_ADDRESS = "127.0.0.6"
TIMEOUT_SECONDS = 30


def largest_requests(server: Server, stop: threading.Event) -> None:
    """Send the largest requests from four addresses. All other answers were 503 for as long as they liked."""
    _from_all_addresses(server, stop, LARGEST)


def refused_requests_in_halves(server: Server, stop: threading.Event) -> None:
    """Halve a request until the model can answer it in time, and send that size from four addresses."""
    texts = TEXTS
    while texts > 1 and not stop.is_set():
        if _ask(server, json.dumps({"texts": ["! " * (CHARACTERS // 2)] * texts}), ADDRESSES[0]) == 200:
            break
        texts //= 2
    _from_all_addresses(server, stop, json.dumps({"texts": ["! " * (CHARACTERS // 2)] * texts}))


def costly_texts(server: Server, stop: threading.Event) -> None:
    """Send single texts of the most words from four addresses. They made batches long for everyone."""
    _from_all_addresses(server, stop, COSTLIEST)


def clients_that_leave(server: Server, stop: threading.Event) -> None:
    """Send large requests and close the connection. The model worked for nobody."""
    body = json.dumps({"texts": ["! " * 250] * 16}).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    while not stop.wait(0.05):
        source = (LEAVING_ADDRESS, 0)
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 5, source) as connection:
            connection.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)


def missing_versions(server: Server, stop: threading.Event) -> None:
    """Ask for versions that do not exist, and for the one that serves, with the key of the tests' admin."""
    for version in itertools.cycle(("99", "champion", "..%2f1", "4294967298")):
        if stop.wait(5.0):
            return
        with suppress(OSError, HTTPException, ValueError):
            server.call("POST", f"/models/load/{version}", headers=ADMIN, timeout=TIMEOUT_SECONDS)


def _from_all_addresses(server: Server, stop: threading.Event, body: str) -> None:
    def send(address: str) -> None:
        while not stop.wait(0.01):
            _ask(server, body, address)

    threads = [threading.Thread(target=send, args=[address], daemon=True) for address in ADDRESSES]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)


def _ask(server: Server, body: str, address: str) -> int | None:
    """Send one prediction request from an address of this machine. Returns its status, None without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, TIMEOUT_SECONDS, source_address=(address, 0))
    try:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


ATTACKS = (largest_requests, refused_requests_in_halves, costly_texts, clients_that_leave, missing_versions)
