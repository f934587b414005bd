import threading

from api.background import BackgroundTask


def test_an_error_does_not_end_the_thread_and_is_logged_and_counted(logged):
    done, errors = threading.Event(), []

    def fail():
        if len(errors) < 5:
            raise ValueError("secret")
        done.set()

    task = BackgroundTask("writer", 0.001, fail, errors.append)
    assert done.wait(60)
    task.close()
    assert errors == ["writer"] * 5
    assert [(line["message"], line["task"], line["error"]) for line in logged] == [
        ("a background task failed and goes on", "writer", "ValueError")
    ] * 5
    assert "secret" not in str(logged)
