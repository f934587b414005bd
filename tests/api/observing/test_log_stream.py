"""The log's stream when nobody reads it: lines are lost and counted, and nothing waits."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest
from served import ROOT

LOGGING = """
import logging, sys, time
from api.observing import logs
logs.configure("info")
logger = logging.getLogger("textlab_api")
for number in range(3_000):
    logger.info("a line that is as long as most lines are", extra={"fields": {"number": number}})
sys.stdout.write("done")
sys.stdout.flush()
sys.stdin.read()
logger.info("the last line")
"""


def pipe():
    return [os.fdopen(end, mode, 0) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True)]


def socket_pair():
    return [each.makefile("rwb", 0) for each in socket.socketpair()]


@pytest.mark.parametrize("made", [pipe, socket_pair])
def test_a_log_that_nobody_reads_stops_nothing_and_counts_its_losses(made):
    theirs, ours = made()
    process = subprocess.Popen(
        [sys.executable, "-c", LOGGING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=ours,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
    )
    ours.close()
    killer = threading.Timer(30, process.kill)
    killer.start()
    try:
        assert process.stdout.read(4) == b"done", "the process waits for the reader of its log"
        reading = threading.Thread(target=process.stdin.close)
        found = theirs.read(20_000)
        reading.start()
        while part := theirs.read(65_536):
            found += part
    finally:
        killer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
        theirs.close()
    lines = [json.loads(line) for line in found.splitlines()]
    assert lines[-1]["message"] == "the last line"
    assert lines[-2]["message"] == "log lines were lost"
    assert lines[-2]["lines"] == 3_000 - (len(lines) - 2)
    assert [line["number"] for line in lines[:-2]] == list(range(len(lines) - 2))
