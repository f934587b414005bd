"""The header Host: a web page of another host cannot use a service on this machine."""

import pytest
from problem import problem_of

from api.access.hosts import Hosts
from api.application import create

LOCAL = ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1", "127.0.0.1:8000", "127.1.2.3", "[::1]", "[::1]:8000"]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "",
    "[",
    "localhost@x",
]


@pytest.mark.parametrize("listening", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.53"])
def test_a_service_on_loopback_allows_loopback_alone(listening):
    hosts = Hosts(listening, [])
    assert hosts.checked
    assert all(hosts.allows(host) for host in LOCAL)
    assert not any(hosts.allows(host) for host in [*FOREIGN, "192.0.2.1", "[2001:db8::1]:80"])


def test_further_names_are_allowed_when_they_are_set():
    hosts = Hosts("127.0.0.1", ["tweets.example", "192.0.2.1", "[2001:db8::1]"])
    assert all(hosts.allows(host) for host in [*LOCAL, "Tweets.Example:443", "192.0.2.1:80", "[2001:db8::1]"])
    assert not any(hosts.allows(host) for host in [*FOREIGN, "sub.tweets.example", "192.0.2.2"])


def test_a_service_on_another_address_checks_hosts_only_if_names_are_set():
    assert not Hosts("0.0.0.0", []).checked
    hosts = Hosts("0.0.0.0", ["tweets.example"])
    assert hosts.checked
    assert all(hosts.allows(host) for host in [*LOCAL, "tweets.example", "10.0.0.7:8000", "[2001:db8::1]:8000"])
    assert not any(hosts.allows(host) for host in FOREIGN)


def test_remembered_hosts_are_bounded():
    hosts = Hosts("127.0.0.1", [])
    for number in range(3_000):
        hosts.allows(f"{number}.evil.example")
    assert hosts.allows.cache_info().currsize <= 1024


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/predict"])
def test_a_foreign_host_gets_a_problem_on_every_path(client, path):
    problem = problem_of(client.get(path, headers={"Host": "evil.example"}), 421)
    assert "TEXTLAB_API_HOSTS" in problem["action"]
    assert "evil" not in str(problem)


def test_a_named_host_passes(settings):
    app = create(settings.model_copy(update={"hosts": "tweets.example, other.example"}), testing=True)
    client = app.test_client()
    assert client.get("/health/live", headers={"Host": "other.example"}).status_code == 200
    assert client.get("/health/live", headers={"Host": "third.example"}).status_code == 421
    app.extensions["textlab_api"].close()
