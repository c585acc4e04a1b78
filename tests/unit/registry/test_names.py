import pytest

from helpers.registry.errors import RegistryError
from helpers.registry.names import login_key, read_name


@pytest.mark.parametrize(
    ("text", "registry", "path"),
    [
        ("python", "docker.io", "library/python"),
        ("team/app", "docker.io", "team/app"),
        ("docker.io/python", "docker.io", "library/python"),
        ("index.docker.io/team/app", "docker.io", "team/app"),
        ("localhost/app", "localhost", "app"),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000", "a/b/c"),
        ("[::1]:5000/app", "[::1]:5000", "app"),
        ("registry.example.com/team/my-app_x", "registry.example.com", "team/my-app_x"),
    ],
)
def test_names_are_read_as_docker_reads_them(text: str, registry: str, path: str) -> None:
    name = read_name(text)
    assert (name.registry, name.path) == (registry, path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/app",
        "host.example/",
        "host.example/App",
        "host.example/app:tag",
        "host.example/app@sha256:00",
        "https://host.example/app",
        "user:secret@host.example/app",
        "host.example/../app",
        "host.example/a//b",
        "host.example:x/app",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(RegistryError, match="not the name of a repository"):
        read_name(text)


def test_the_hub_is_served_and_logged_in_to_under_names_of_its_own() -> None:
    name = read_name("python")
    assert name.host == "registry-1." + name.registry
    assert login_key(name.registry) == f"https://index.{name.registry}/v1/"
    assert login_key("host.example:5000") == "host.example:5000"
    assert str(name) == "docker.io/library/python"
