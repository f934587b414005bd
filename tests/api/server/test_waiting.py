import gevent
import pytest

from api.waiting import in_thread


def fail(message):
    raise LookupError(message)


def test_error_in_the_other_thread_reaches_the_caller_and_is_not_printed(capfd):
    def caught():
        with pytest.raises(LookupError, match="no such version"):
            in_thread(fail, "no such version")
        return True

    assert gevent.spawn(caught).get()
    assert capfd.readouterr().err == ""


def test_result_of_the_other_thread_reaches_the_caller():
    assert gevent.spawn(in_thread, len, "four").get() == 4
