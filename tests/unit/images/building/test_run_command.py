from helpers.engine.containers import Image
from helpers.images.building.run_command import run_command


def _image(*ports: str) -> Image:
    return Image("sha256:1", ("shop/app:prod",), {}, "", 1, ports=ports)


def test_an_image_runs_as_it_is() -> None:
    assert run_command("shop/app:prod", _image()) == "docker run --rm shop/app:prod"


def test_the_platform_is_named_where_it_is_not_the_machines() -> None:
    shown = run_command("shop/app:prod", None, "linux/arm64")
    assert shown == "docker run --rm --platform linux/arm64 shop/app:prod"


def test_ports_that_an_image_exposes_are_published_on_loopback() -> None:
    shown = run_command("shop/app:prod", _image("53/udp", "8000/tcp"))
    assert "--publish 127.0.0.1:53:53/udp --publish 127.0.0.1:8000:8000 shop" in shown
