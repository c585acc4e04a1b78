from helpers.lockers.uv_index import (
    PUBLIC,
    PUBLIC_FILES,
    name_own_index,
    name_public_index,
    names_index,
)

PATH = f"packages/ab/cd/{'e' * 60}/a-1-py3-none-any.whl"
MIRROR = "https://mirror.example/pypi/simple"


def lock(index: str, files: str) -> str:
    return (
        'version = 1\n\n[[package]]\nname = "a"\nversion = "1"\n'
        f'source = {{ registry = "{index}" }}\n'
        f'wheels = [\n    {{ url = "{files}", hash = "sha256:0" }},\n]\n'
    )


EVERYBODYS = lock(PUBLIC, f"{PUBLIC_FILES}/{PATH}")


def test_the_public_index_takes_the_place_of_a_mirror_that_keeps_the_paths() -> None:
    for index in (MIRROR, f"{MIRROR}/"):
        written = lock(index, f"https://mirror.example/pypi/{PATH}")
        assert name_public_index(written, MIRROR) == EVERYBODYS
        assert not names_index(EVERYBODYS, MIRROR)


def test_files_in_places_of_a_mirrors_own_leave_the_lock_file_as_it_is() -> None:
    written = lock(MIRROR, "https://mirror.example/files/a/1/a-1-py3-none-any.whl")
    assert name_public_index(written, MIRROR) == written
    assert names_index(written, MIRROR)


def test_other_indexes_stay() -> None:
    other = lock("https://other.example/simple", "https://other.example/a-1-py3-none-any.whl")
    assert name_public_index(other, MIRROR) == other
    assert not names_index(other, MIRROR)


def test_uv_is_given_the_index_that_it_will_use() -> None:
    assert f'registry = "{MIRROR}"' in name_own_index(EVERYBODYS, MIRROR)


def test_without_a_mirror_nothing_is_renamed() -> None:
    for index in ("", PUBLIC, f"{PUBLIC}/"):
        assert name_own_index(EVERYBODYS, index) == EVERYBODYS
        assert name_public_index(EVERYBODYS, index) == EVERYBODYS
