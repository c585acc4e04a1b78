import threading

from helpers.containers.stats_and_logs import _Lines


def test_lines_of_several_containers_never_mix() -> None:
    written: list[tuple[bool, bytes]] = []
    lock = threading.Lock()
    one, two = (
        _Lines(f"{name}: ".encode(), lambda *line: written.append(line), lock)
        for name in ("one", "two")
    )
    one.add(False, b"begun ")
    two.add(False, b"whole\n")
    one.add(True, b"wrong\n")
    one.add(False, b"and ended\nrest")
    one.end()
    two.end()
    assert written == [
        (False, b"two: whole\n"),
        (True, b"one: wrong\n"),
        (False, b"one: begun and ended\n"),
        (False, b"one: rest\n"),
    ]
