"""A schema and the reader are made from one table: what one of them refuses, the other refuses."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_dir_config, parse_repo_config
from helpers.model.settings.config_keys import DIR_KEYS, REPO_KEYS
from helpers.model.settings.keys import Key, Kind
from helpers.model.settings.repo_defaults import parse_repo_defaults
from helpers.model.settings.train_config import TRAIN_KEYS, parse_train_config
from helpers.model.sync.shared import SYNC_KEYS, parse_shared
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.tasks.schemas import FOLDER, schemas
from tests.pages import PAGES, blocks

Reader = Callable[[str, str], object]

_SCHEMAS = {name.partition(".")[0]: json.loads(text) for name, text in schemas().items()}
_READERS: dict[str, Reader] = {
    "repo_config": parse_repo_config,
    "dir_config": parse_dir_config,
    "sync": parse_shared,
    "train": parse_train_config,
    "repo_defaults": parse_repo_defaults,
}
_TEAM = {"publish": "http://[::1]:80/up", "simple": "https://h/simple/", "local_versions": True}
_RMSE = {"file": "m.json", "key": "rmse", "better": "lower"}
_TRAIN = {"command": ["a"], "models": ["net"], "metrics": {"rmse": _RMSE}}
_SHARED = {"path": "a", "owner": "o", "mode": "block"}


@cache
def _validator(kind: str) -> Any:
    # Imported here: it takes seconds, in each worker that only collects tests as well.
    from jsonschema import Draft7Validator

    return Draft7Validator(_SCHEMAS[kind])


def _is_read(kind: str, text: str) -> bool:
    try:
        _READERS[kind](text, "file.yaml")
    except HelpersError:
        return False
    return True


def _both(kind: str, content: Any) -> tuple[bool, bool]:
    """Whether the schema, and whether the reader, accepts what a file means."""
    text = yaml.safe_dump(content, allow_unicode=True)
    return _validator(kind).is_valid(content), _is_read(kind, text)


def test_the_files_are_as_the_keys_are() -> None:
    folder = TOOLCHAIN_ROOT / FOLDER
    found = {path.name: path.read_text() for path in folder.iterdir()}
    assert found == schemas(), "python -m helpers.tasks.schemas"


@pytest.mark.parametrize("name", _SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    _validator(name).check_schema(_SCHEMAS[name])


@pytest.mark.parametrize("keys", [REPO_KEYS, DIR_KEYS, SYNC_KEYS, TRAIN_KEYS])
def test_an_editor_says_what_each_key_means(keys: tuple[Key, ...]) -> None:
    assert [key.name for key in keys if not key.says.endswith(".")] == []


def test_an_editor_says_what_replaced_a_former_value() -> None:
    sibling = json.loads(schemas()["dir_config.schema.json"])["properties"]["sibling"]
    told = {str(one["const"]): one["deprecationMessage"] for one in sibling["anyOf"][1:]}
    assert told == {
        "True": "The form of 1.0: write 'sibling: full'.",
        "False": "The form of 1.0: remove it.",
    }
    assert all(one["deprecated"] for one in sibling["anyOf"][1:])


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("repo_config", {"name": "shop"}),
        ("repo_config", {"name": "shop", "registry": "r.example.org:5000/team", "python": 3.11}),
        ("repo_config", {"name": "shop", "registry": "Own", "registries": {"Own": "r.org"}}),
        ("repo_config", {"name": "shop", "builders": {"linux/arm64": "far"}}),
        ("repo_config", {"name": "shop", "resources": {"gpu": "2", "memory": "1.5 GiB", "a": 3}}),
        (
            "repo_config",
            {"name": "a", "package_snapshot": "20261101T000000Z", "package_mirror": "https://m/a"},
        ),
        (
            "repo_config",
            {"name": "a", "indexes": {"team": _TEAM, "public": {"simple": "https://x"}}},
        ),
        ("repo_config", {"name": "a", "indexes": {}}),
        ("dir_config", {}),
        ("dir_config", {"sibling": True}),
        ("dir_config", {"sibling": "read-only", "platforms": ["linux/amd64"], "extras": []}),
        ("repo_config", {"name": "a", "environments": ["b", {"name": "c", "values": "d/{dir}"}]}),
        ("dir_config", {"health_times": {"interval": 3, "retries": "2"}}),
        ("dir_config", {"depends_on": ["a", "..b/c", ""], "reuse": False}),
        ("sync", []),
        ("sync", [_SHARED, {**_SHARED, "path": ".gitignore/b", "mode": "link"}]),
        ("sync", [{**_SHARED, "mode": "link", "where_present": False}]),
        ("train", _TRAIN),
        ("train", {**_TRAIN, "parameters": {"lr": {"type": "number", "max": 1, "default": 0.1}}}),
        ("train", {**_TRAIN, "parameters": {"fast": {"type": "flag", "default": True}}}),
        ("train", {**_TRAIN, "resources": {"memory": "2g"}, "timeout": 5, "network": "none"}),
    ],
)
def test_both_accept(kind: str, content: Any) -> None:
    assert _both(kind, content) == (True, True)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("repo_config", {}),
        ("repo_config", []),
        ("repo_config", {"name": "a b"}),
        ("repo_config", {"name": 3}),
        ("repo_config", {"name": "a", "regstry": "x"}),
        ("repo_config", {"name": "a", "registry": "https://x"}),
        ("repo_config", {"name": "a", "environments": "b"}),
        ("repo_config", {"name": "a", "environments": ["dev"]}),
        ("repo_config", {"name": "a", "environments": [3]}),
        ("repo_config", {"name": "a", "environments": [{"name": "b", "else": "c"}]}),
        ("repo_config", {"name": "a", "environments": [{"name": "b", "values": "../c"}]}),
        ("repo_config", {"name": "a", "registry": "Own", "registries": {}}),
        ("repo_config", {"name": "a", "registries": {"Own": "https://x"}}),
        ("repo_config", {"name": "a", "registries": {"": "x"}}),
        ("repo_config", {"name": "a", "base_image": " "}),
        ("repo_config", {"name": "a", "base_image": "python:3.11", "python": "3.11"}),
        ("repo_config", {"name": "a", "python": "3"}),
        ("repo_config", {"name": "a", "environment": ["A=1"]}),
        ("repo_config", {"name": "a", "environment": "A"}),
        ("repo_config", {"name": "a", "platforms": ["amd64"]}),
        ("repo_config", {"name": "a", "builders": {"amd64": "x"}}),
        ("repo_config", {"name": "a", "resources": {"gpu": 0}}),
        ("repo_config", {"name": "a", "resources": {"gpu": True}}),
        ("repo_config", {"name": "a", "resources": {"memory": "much"}}),
        ("repo_config", {"name": "a", "package_snapshot": "20261101T000000Z"}),
        ("repo_config", {"name": "a", "package_mirror": "https://me:secret@m/a"}),
        ("repo_config", {"name": "a", "indexes": {"team": {"publish": "https://h"}}}),
        ("repo_config", {"name": "a", "indexes": {"team": {"simple": "http://h"}}}),
        ("repo_config", {"name": "a", "indexes": {"team": {"simple": "http://127.0.0.1.h"}}}),
        ("repo_config", {"name": "a", "indexes": {"team": {"simple": "https://me:secret@h"}}}),
        ("repo_config", {"name": "a", "indexes": {"team": {**_TEAM, "local_versions": "no?"}}}),
        ("repo_config", {"name": "a", "indexes": {"team": {**_TEAM, "else": 1}}}),
        ("repo_config", {"name": "a", "indexes": {"team": "https://h"}}),
        ("repo_config", {"name": "a", "indexes": {"": _TEAM}}),
        ("dir_config", {"sibling": "please"}),
        ("dir_config", {"sibling": 1}),
        ("dir_config", {"reuse": "please"}),
        ("dir_config", {"depends_on": ["../x"]}),
        ("dir_config", {"depends_on": ["/x"]}),
        ("dir_config", {"depends_on": [1]}),
        ("dir_config", {"groups": ["-"]}),
        ("dir_config", {"health_times": {"interval": "soon"}}),
        ("dir_config", {"health_times": {"often": 3}}),
        ("dir_config", {"entrypoint": "python"}),
        ("sync", {}),
        ("sync", ["a"]),
        ("sync", [{"path": "a", "owner": "o"}]),
        ("sync", [{**_SHARED, "mode": "half"}]),
        ("sync", [{**_SHARED, "path": "a//b"}]),
        ("sync", [{**_SHARED, "path": "a/../b"}]),
        ("sync", [{**_SHARED, "path": ".git/hooks"}]),
        ("sync", [{**_SHARED, "source": "C:x"}]),
        ("sync", [{**_SHARED, "mode": "link", "where_present": True}]),
        ("train", {}),
        ("train", {**_TRAIN, "command": "a"}),
        ("train", {**_TRAIN, "models": ["a b"]}),
        ("train", {**_TRAIN, "metrics": {"rmse": {**_RMSE, "file": "a/../m.json"}}}),
        ("train", {**_TRAIN, "metrics": {"rmse": {**_RMSE, "file": "/m.json"}}}),
        ("train", {**_TRAIN, "metrics": {"rmse": {**_RMSE, "better": "more"}}}),
        ("train", {**_TRAIN, "parameters": {"lr": {"type": "number"}}}),
        ("train", {**_TRAIN, "parameters": {"lr": {"type": "text", "default": "a"}}}),
        ("train", {**_TRAIN, "parameters": {"lr": {"type": "number", "default": [1]}}}),
        ("train", {**_TRAIN, "resources": {"disk": 1}}),
        ("train", {**_TRAIN, "timeout": 0}),
        ("train", {**_TRAIN, "network": "host"}),
    ],
)
def test_both_refuse(kind: str, content: Any) -> None:
    assert _both(kind, content) == (False, False)


_WORDS = """\
linux/amd64 linux/arm64 full own 3.11 3.9 a A_B a.b/c ../a /a .git a/.git 4g 0 00 7 0.5k 1GiB
https://m/x http://localhost/x 20261101T000000Z interval retries memory block link identical"""
# No line ends: `$` ends a text in JSON Schema; for Python, which checks here, one may follow.
_TEXTS = st.one_of(st.sampled_from(_WORDS.split()), st.text("aA0.-_/: \t@g\u0663é", max_size=6))
_SCALARS = st.one_of(_TEXTS, st.booleans(), st.integers(-2, 2_000_000_000), st.none())
_LISTS, _NAMED = st.lists(_TEXTS, max_size=2), st.dictionaries(_TEXTS, _TEXTS, max_size=2)
_ANYTHING = st.one_of(_SCALARS, st.lists(_SCALARS), st.dictionaries(_TEXTS, _SCALARS))
_LIKELY: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.FLAG: st.booleans(),
    Kind.TEXTS: _LISTS,
    Kind.NAMED: _NAMED,
    Kind.AMOUNTS: _NAMED,
}


def _mappings(keys: tuple[Key, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly right: what has three mistakes says nothing of each of them."""
    likely = {
        key.name: st.sampled_from([str(word) for word in key.choices])
        if key.kind is Kind.CHOICE
        else st.lists(st.one_of(_TEXTS, _mappings(key.keys)), max_size=2)
        if key.kind is Kind.ITEMS
        else st.dictionaries(_TEXTS, _mappings(key.keys), max_size=2)
        if key.keys
        else _LIKELY.get(key.kind, st.sampled_from(_WORDS.split()))
        for key in keys
    }
    required = {key.name: likely[key.name] for key in keys if key.required}
    optional = {name: one for name, one in likely.items() if name not in required}
    names = st.sampled_from([*likely, "other"])
    few = st.fixed_dictionaries(required, optional=optional).map(
        lambda one: dict([*one.items()][:4])
    )
    odd = st.dictionaries(names, _ANYTHING, max_size=1)
    return st.builds(lambda one, two: one | two, few, st.one_of(st.just({}), odd))


def _is_beyond_a_schema(kind: str, content: Any) -> bool:
    """What the module says: values that only the written text tells apart."""
    if kind == "train":
        # Ranges, defaults and what stands in braces belong together.
        return True
    if kind == "sync":
        paths = [str(item.get("path")) for item in content]
        return len(set(paths)) < len(paths)
    if content.get("offline"):
        return True  # its items are names among `suites`
    environments = content.get("environments")
    if isinstance(environments, list):
        names = [one.get("name") if isinstance(one, dict) else one for one in environments]
        named_registry = any(isinstance(one, dict) and "registry" in one for one in environments)
        if named_registry or len(set(map(str, names))) < len(names):
            return True
    amount = (content.get("resources") or {}) if isinstance(content.get("resources"), dict) else {}
    named = content.get("registries")
    # `-1` is the text of an address for the reader; `registry` may be one of the names.
    numbers = isinstance(named, dict) and any(isinstance(v, int) for v in named.values())
    is_name = bool(named) and "registry" in content
    return content.get("python") == 3 or "0." in str(amount.get("memory")) or numbers or is_name


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        ("repo_config", _mappings(REPO_KEYS)),
        ("dir_config", _mappings(DIR_KEYS)),
        ("sync", st.lists(_mappings(SYNC_KEYS), max_size=2)),
        ("train", _mappings(TRAIN_KEYS)),
    ],
)
def test_whatever_a_file_says_both_answer_the_same(
    kind: str, contents: st.SearchStrategy[Any]
) -> None:
    @settings(max_examples=300, derandomize=True)
    @given(contents)
    def check(content: Any) -> None:
        by_schema, by_reader = _both(kind, content)
        if _is_beyond_a_schema(kind, content):
            assert by_schema or not by_reader
        else:
            assert by_schema == by_reader

    check()


# Those that the repo itself has.
_OWN = ("repo_config", "sync", "repo_defaults")


def _shown_files() -> list[tuple[str, str]]:
    """The settings that docs, templates, examples and the repo itself have."""
    starts = {
        "name: ": "repo_config",
        "depends_on:": "dir_config",
        "- path: ": "sync",
        "command: ": "train",
        "names:": "repo_defaults",
    }
    found = [
        (kind, block.text)
        for page in PAGES
        for block in blocks(page, "text", "yaml")
        for start, kind in starts.items()
        if block.text.startswith(start)
    ]
    root = TOOLCHAIN_ROOT
    templates = root.glob("helpers/adoption/templates/*/devops/config.yaml.jinja")
    # One with conditions is read as it is rendered, where a dir is made of the template.
    files = [path for path in templates if "{%" not in path.read_text()]
    files += [root / "devops/config.yaml", *root.glob("runnable_dirs/*/devops/config.yaml")]
    found += [("dir_config", path.read_text().replace("{{ package }}", "app")) for path in files]
    found += [(kind, (root / f"{kind}.yaml").read_text()) for kind in _OWN]
    return found


def test_what_docs_templates_and_examples_show_is_accepted() -> None:
    shown = _shown_files()
    assert {kind for kind, _ in shown} == set(_SCHEMAS)
    assert len(shown) > 8
    for kind, text in shown:
        errors = list(_validator(kind).iter_errors(yaml.safe_load(text)))
        assert (errors, _is_read(kind, text)) == ([], True), text
