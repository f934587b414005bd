from api.serving.batching import never
from api.serving.fair_queue import FairQueue
from api.serving.slices import Request, Slice


def slice_of(caller):
    """A slice of one text, whose call takes a second."""
    return Slice(Request(caller, ["x"], None, never), ["x"], (0,), 1, 1.0)


def push_and_drop(queue, caller, times):
    for _ in range(times):
        dropped = slice_of(caller)
        queue.push(dropped)
        queue.drop([dropped])


def take(queue):
    """Take the next slice out."""
    following = queue.peek()
    queue.take(following)
    return following


def test_dropped_slices_do_not_stay_in_memory_while_others_wait():
    queue = FairQueue()
    queue.push(slice_of("patient"))
    push_and_drop(queue, "hasty", 1000)
    assert len(queue._heaps["champion"]) < 5
    assert (queue.texts, queue.seconds) == (1, 1.0)


def test_a_caller_does_not_pay_for_dropped_slices():
    queue, later = FairQueue(), slice_of("hasty")
    for _ in range(3):
        queue.push(slice_of("patient"))
    push_and_drop(queue, "hasty", 100)
    queue.push(later)
    assert later in [take(queue), take(queue)]


def test_a_queue_forgets_its_callers_when_its_last_slice_is_dropped():
    queue = FairQueue()
    push_and_drop(queue, "hasty", 3)
    assert queue.peek() is None
    assert not queue._shares
