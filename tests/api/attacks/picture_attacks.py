"""Attackers that send pictures, or what looks like pictures. Each runs until `stop` is set.

The service of a model without pictures refuses most of it by its type and its size.
"""

import base64
import functools
import http.client
import json
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle

from pictures import BLUE, RED, SVG, chunk, one_colour, png, zeros
from served import Server
from transport_attacks import hold, send_without_end

PAUSE_SECONDS = 0.02
BOUNDARY = b"----attack"
FORM = f"multipart/form-data; boundary={BOUNDARY.decode()}"
FORM_HEAD = (
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
    + FORM.encode()
    + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
)
JSON = "application/json"


def picture_form(*pictures: bytes, name: bytes = b"cup.png") -> bytes:
    """A form with these pictures."""
    head = b'Content-Disposition: form-data; name="image"; filename="%s"\r\nContent-Type: image/png\r\n\r\n' % name
    parts = [b"--" + BOUNDARY + b"\r\n" + head + picture + b"\r\n" for picture in pictures]
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def picture_json(*pictures: bytes) -> bytes:
    """Examples with these pictures."""
    examples = [{"image": base64.b64encode(picture).decode()} for picture in pictures]
    return json.dumps({"examples": examples}).encode()


def repeat(server: Server, stop: threading.Event, bodies: list[tuple[bytes, str]], path: str = "/predict") -> None:
    """Send bodies again and again."""
    for body, kind in cycle(bodies):
        if stop.wait(PAUSE_SECONDS):
            return
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        with suppress(OSError, http.client.HTTPException):
            connection.request("POST", path, body, {"Content-Type": kind})
            connection.getresponse().read()
        connection.close()


BOMBS: dict[str, Callable[[], bytes]] = {
    "a header that lies": lambda: png(2**31 - 1, 2**31 - 1, b""),
    "900 megapixels of one colour": lambda: one_colour(30_000),
    "more pixel data than pixels": lambda: png(8, 8, bytes(30_000_000)),
    "a text that unpacks to 400 MB": lambda: png(
        8, 8, bytes(8 * 25), chunk(b"zTXt", b"Comment\x00\x00" + zeros(400_000_000))
    ),
    "a profile that unpacks to 400 MB": lambda: png(
        8, 8, bytes(8 * 25), chunk(b"iCCP", b"x\x00\x00" + zeros(400_000_000))
    ),
    "200,000 chunks": lambda: png(8, 8, bytes(8 * 25), chunk(b"tEXt", b"a\x00b") * 200_000),
    "a JPEG of 65,500 x 65,500": lambda: (
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    ),
    "many scans": lambda: b"\xff\xd8" + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00\x00" * 100_000,
    "packed data alone": lambda: zlib.compress(bytes(30_000_000), 9),
}


@functools.cache
def bomb(name: str) -> bytes:
    """A small file that would take much memory or time if it were believed."""
    return BOMBS[name]()


@functools.cache
def polyglots() -> dict[str, bytes]:
    """Files that are several things at once."""
    return {
        "a picture and a page": RED + b"<html><script>alert(1)</script>",
        "a page and a picture": b"<html><script>alert(1)</script>" + RED,
        "a picture and an archive": BLUE + b"PK\x03\x04" + bytes(1_000) + b"PK\x05\x06" + bytes(18),
        "a drawing with a picture's signature": b"\x89PNG\r\n\x1a\n" + SVG,
        "a GIF that is a script": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
        "two pictures": RED + BLUE,
    }


def decompression_bombs(server: Server, stop: threading.Event) -> None:
    """Send bombs, eight in a request."""
    content = [bomb(name) for name in BOMBS]
    bodies = [(picture_json(*[bomb] * 8), JSON) for bomb in content if len(bomb) < 1_000_000]
    repeat(server, stop, bodies + [(picture_form(bomb), FORM) for bomb in content])


def pictures_at_the_limit(server: Server, stop: threading.Event) -> None:
    """Send valid pictures of 16 megapixels, eight in a request. They are small files and take seconds."""
    largest = one_colour(4_000)
    repeat(server, stop, [(picture_json(*[largest] * 8), JSON), (picture_form(largest), FORM)])


def tiny_pictures(server: Server, stop: threading.Event) -> None:
    """Send a thousand pictures in a request."""
    repeat(server, stop, [(picture_json(*[RED] * 1_000), JSON), (picture_form(*[RED] * 1_000), FORM)])


def huge_base64(server: Server, stop: threading.Event) -> None:
    """Send 24 MB of base64 that holds no picture."""
    repeat(server, stop, [(b'{"image": "' + b"A" * 24_000_000 + end, JSON) for end in (b'"}', b'%"}', b"")])


def many_parts(server: Server, stop: threading.Event) -> None:
    """Send forms and objects of many small parts."""
    part = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="p%d"\r\n\r\n\r\n'
    form = b"".join(part % number for number in range(100_000)) + b"--" + BOUNDARY + b"--\r\n"
    objects = b'{"examples": [' + b'{"image":""},' * 1_000_000 + b"{}]}"
    repeat(server, stop, [(form, FORM), (objects, JSON), (b'{"examples": ' + b"[" * 1_000_000, JSON)])


def odd_boundaries(server: Server, stop: threading.Event) -> None:
    """Send forms whose boundary is long, missing, nearly in the content, or never ends."""
    near = picture_form((b"\r\n" + b"--" + BOUNDARY[:-1]) * 500_000)
    kinds = (
        FORM,
        "multipart/form-data",
        "multipart/form-data; boundary=" + "-" * 5_000,
        'multipart/form-data; boundary=""',
    )
    whole = picture_form(RED)
    repeat(server, stop, [(near, FORM), (whole[:-6], FORM), *[(whole, kind) for kind in kinds]])


def odd_names(server: Server, stop: threading.Event) -> None:
    """Name files as paths, and send files that are several things at once."""
    names = (b"../../../../etc/passwd", b"C:\\\\x.png", b"\x00", b"x" * 7_000, "☕".encode())
    bodies = [(picture_form(RED, name=name), FORM) for name in names]
    repeat(server, stop, bodies + [(picture_form(each), FORM) for each in polyglots().values()])


def slow_pictures(server: Server, stop: threading.Event) -> None:
    """Hold 100 uploads of pictures that arrive slowly."""
    hold(server, stop, 100, FORM_HEAD + b"2000\r\n" + b"-" * 0x2000 + b"\r\n", b"10\r\n" + b"x" * 16 + b"\r\n")


def endless_pictures(server: Server, stop: threading.Event) -> None:
    """Send a picture without end."""
    send_without_end(server, stop, FORM_HEAD, b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


ATTACKS = (
    decompression_bombs,
    pictures_at_the_limit,
    tiny_pictures,
    huge_base64,
    many_parts,
    odd_boundaries,
    odd_names,
    slow_pictures,
    endless_pictures,
)
