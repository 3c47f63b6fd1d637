import redis

from tests.support.valkey import ValkeyServer


def test_each_test_finds_the_bus_without_keys(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_a_message_reaches_who_listens(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as listener:
        listener.subscribe("event")
        listener.get_message(timeout=5)
        client.publish("event", "12")
        heard = listener.get_message(timeout=5)
        assert heard is not None
        assert heard["data"] == b"12"


def test_the_bus_comes_back_on_the_same_port(valkey_server: ValkeyServer) -> None:
    valkey_server.kill()
    valkey_server.start()
    with redis.Redis.from_url(valkey_server.url) as client:
        assert client.ping()
