"""The Prefect server of a demo beside that of another."""

from demo.prefect_server import claimed_port


def test_claimed_port_of_two_demos_at_once_is_not_one():
    with claimed_port() as first, claimed_port() as second:
        assert first != second
