"""Attacks with pictures on a real service, and the callers that must be answered meanwhile."""

import http.client
import threading
import time
from functools import partial

import psutil
import pytest
from background import in_background
from picture_attacks import ATTACKS, BOMBS, FORM, bomb, huge_base64, picture_form, pictures_at_the_limit, polyglots
from pictures import RED, in_base64, one_colour, saved
from PIL import Image
from promoted import promote
from served import serving

ONLY_BESIDE_THE_PIXELS = ("a text that unpacks to 400 MB", "a profile that unpacks to 400 MB", "200,000 chunks")
COSTLY = (pictures_at_the_limit, huge_base64)  # seconds of processor time each
MOST_MEGABYTES = 900  # that attacks may add to the worker's memory


@pytest.fixture(scope="module")
def server(tmp_path_factory, picture_bundle):
    folder = tmp_path_factory.mktemp("attacked_pictures")
    promote(picture_bundle, folder / "models" / "shop" / "1")
    with serving(folder / "models" / "shop", folder / "service", log_level="warning", max_characters=200) as running:
        yield running


def send(server, picture, address="127.0.0.1"):
    """Status and answer for a picture that another client sends."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(address, 0))
    try:
        connection.request("POST", "/predict", picture_form(picture), {"Content-Type": FORM})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "attack",
    [pytest.param(each, marks=[pytest.mark.slow] if each in COSTLY else [], id=each.__name__) for each in ATTACKS],
)
def test_others_are_answered_under(attack, server):
    worker = psutil.Process(server.workers()[0])
    before, most = worker.memory_info().rss, 0
    with in_background(partial(attack, server), 3):
        time.sleep(0.5)
        for _ in range(3):
            started, used = time.monotonic(), sum(worker.cpu_times()[:2])
            assert server.call("GET", "/health/live", timeout=20)[0] == 200
            # Processor time of the worker, because the machine may be busy with other things.
            assert min(time.monotonic() - started, sum(worker.cpu_times()[:2]) - used) < 1.0
            assert send(server, RED, "127.0.0.101")[0] == 200
            most = max(most, worker.memory_info().rss)
    assert (most - before) / 1e6 < MOST_MEGABYTES
    assert server.workers() == [worker.pid], "the worker has been replaced"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_takes_little_time(server, name):
    worker = psutil.Process(server.workers()[0])
    used, before = sum(worker.cpu_times()[:2]), worker.memory_info().rss
    status, _ = send(server, bomb(name))
    assert status == (200 if name in ONLY_BESIDE_THE_PIXELS else 422)
    assert sum(worker.cpu_times()[:2]) - used < 1
    assert (worker.memory_info().rss - before) / 1e6 < 100


@pytest.mark.parametrize("name", polyglots())
def test_a_polyglot_is_a_picture_or_nothing(server, name):
    status, answer = send(server, polyglots()[name])
    assert status == (200 if polyglots()[name].startswith(RED[:33]) or name == "a picture and an archive" else 422)
    assert b"alert" not in answer
    assert b"<" not in answer


def test_health_is_answered_while_pictures_are_decoded(server):
    largest, results = one_colour(4_400), []
    threads = [threading.Thread(target=lambda: results.append(send(server, largest)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    waits = []
    while any(thread.is_alive() for thread in threads):
        started = time.monotonic()
        assert server.call("GET", "/health/live")[0] == 200
        waits.append(time.monotonic() - started)
    assert set(results) <= {200, 413, 503}
    assert len(waits) >= 5, "the service answered nobody else"
    assert sorted(waits)[len(waits) // 2] < 0.25


@pytest.mark.slow
def test_a_text_is_answered_while_photos_occupy_all_readers(server):
    exif, noise = Image.Exif(), Image.effect_noise((4_000, 4_000), 99).convert("RGB")
    exif[0x0112] = 6  # turned, so that it is encoded anew, which takes a second
    photo = saved(noise, "JPEG", exif=exif, quality=50)
    senders = [threading.Thread(target=send, args=(server, photo, f"127.0.0.{number}")) for number in range(20, 26)]
    for sender in senders:
        sender.start()
    time.sleep(0.3)
    started = time.monotonic()
    status, _, _ = server.call("POST", "/predict", {"text": "a cup"}, timeout=30)
    waited, busy = time.monotonic() - started, sum(sender.is_alive() for sender in senders)
    for sender in senders:
        sender.join()
    assert (status, waited < 1.5) == (200, True), waited
    assert busy >= 3, "the readers were free"


def test_no_picture_and_no_text_of_an_attack_reaches_the_log(server):
    send(server, b"secret-picture" * 100)
    server.call("POST", "/predict", {"text": "secret-text", "image": in_base64(b"secret-picture")})
    log = server.log.read_text()
    for secret in ("secret", "alert(1)", "etc/passwd", "127.0.0.101"):
        assert secret not in log
