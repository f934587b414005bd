import gevent
import pytest

from api.waiting import in_thread, pause


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


def test_pause_lets_the_other_requests_go_on():
    passed = []
    gevent.joinall([gevent.spawn(lambda: (pause(0.05), passed.append("later"))), gevent.spawn(passed.append, "now")])
    assert passed == ["now", "later"]
