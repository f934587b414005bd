import gevent

from api.server.turns import Turns


def test_connections_with_much_to_do_pass_one_by_one_and_the_others_in_between():
    turns, order = Turns(), []

    def busy(name):
        for _ in range(2):
            turns.wait()
            order.append(name)

    def light():
        for _ in range(3):
            gevent.sleep(0)
            order.append("light")

    gevent.joinall([*[gevent.spawn(busy, name) for name in "abcdef"], gevent.spawn(light)])
    assert order.index("light") <= 1
    assert [name for name in order[:6] if name == "light"], "a light connection waited for all the busy ones"
    assert sorted(order[:9].count(name) for name in "abcdef") == [1] * 6, "the turns are not fair"
