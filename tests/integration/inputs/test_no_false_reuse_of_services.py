"""Random edits of services and of the files around them, against a model that reads everything.

Three things are held after each edit. No false reuse: two states with the same digest have services
that see the very same. No stale image: two states with the same name of an image build the same. No
needless run: what services do not see leaves the digest as it is.

A setting of services is added to `_SETTINGS` and, where a service sees more by it, to `_sees`.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from helpers.engine.compose import Described, Project, describe_services
from helpers.engine.endpoint import find_endpoint
from helpers.model.errors import HelpersError
from tests.builders import write_files
from tests.edits import try_edits

pytestmark = pytest.mark.slow

# About four a second beside other tests. More than is done of itself: HELPERS_EDITS=2000.
_EDITS = int(os.environ.get("HELPERS_EDITS", "200"))
_OWN = "app/devops"
# Paths as Compose has them: from where the file is.
_PATHS = (
    "../ctx/Dockerfile", "../ctx/one.txt", "../ctx/sub/two.txt", "../ctx/.dockerignore",
    "db.Dockerfile", "db.Dockerfile.dockerignore", "../seen/one.txt", "../seen/sub/two.txt",
    "../secret.ignored", "../conf.ini", "one.env", "two.env", ".env", "base.yaml",
    "../beside.txt", "../../shared/one.txt", "../../shared/sub/two.txt",
)  # fmt: skip
_FOLDERS = ("..", "../ctx", "../seen", "../../shared", "../ctx/sub", "../../none")
_CONTENTS = ("", "A=1\n", "A=2\n", "B=1\n", "TOKEN=1\n", "TOKEN=2\nA=1\n", "sub\n", "FROM x\n")
_SETTINGS: dict[str, tuple[Any, ...]] = {
    "context": (None, *_FOLDERS[:4]),
    "dockerfile": (None, "Dockerfile", "../devops/db.Dockerfile", "sub/two.txt"),
    "further": (None, *_FOLDERS[1:4]),
    "args": (None, {"A": "${A:-none}"}, {"A": "1"}, ["A"], ["TOKEN"]),
    "build_secret": (None, "file", "token"),
    "secret": (None, "file", "token"),
    "secret_file": (*_PATHS[6:9], _PATHS[15]),
    "config": (None, "file", "token", "text"),
    "config_file": (*_PATHS[8:10], _PATHS[0]),
    "environment": (None, ["TOKEN"], {"X": "${B:-none}"}),
    "env_file": (None, "one.env", "two.env", "../beside.txt"),
    "bind": (None, *_FOLDERS, "../seen/one.txt", "../conf.ini", "../../shared/one.txt"),
    "volume": (None, "plain", "../seen", "/dev/shm"),
    "extends": (None, "base.yaml"),
}
_BASES = (
    '{"services": {"b": {"labels": {"x": "1"}}}}',
    '{"services": {"b": {"hostname": "${A}"}}}',
    '{"services": {"b": {"env_file": "one.env"}}}',
)

_paths, _folders = st.sampled_from(_PATHS), st.sampled_from(_FOLDERS)
_edits = st.one_of(
    st.tuples(st.just("write"), _paths, st.sampled_from(_CONTENTS)),
    st.tuples(st.just("write quietly"), _paths, st.sampled_from(_CONTENTS)),
    st.tuples(st.just("delete"), _paths, st.just("")),
    st.tuples(st.just("execute"), _paths, st.just("")),
    st.tuples(st.just("link"), _paths, st.one_of(_paths, _folders)),
    st.tuples(st.just("folder"), st.sampled_from(_FOLDERS[:4]), st.sampled_from(("x", "x/y"))),
    st.tuples(st.just("base"), st.just("base.yaml"), st.sampled_from(_BASES)),
    st.tuples(st.just("variable"), st.sampled_from(("", "1", "2")), st.just("")),
    st.tuples(st.just("set"), st.sampled_from(list(_SETTINGS)), st.integers(0, 9)),
    st.tuples(st.just("set"), st.sampled_from(list(_SETTINGS)), st.integers(0, 9)),
)
# Of all sorts, so that most files count from the first edit on.
_SPEC = {"context": "../ctx", "dockerfile": "../devops/db.Dockerfile", "secret": "token",
         "config": "file", "environment": {"X": "${B:-none}"}, "env_file": "one.env",
         "build_secret": "file", "bind": "../seen"}  # fmt: skip


@dataclass
class _Bench:
    """Services, and what they saw under each digest."""

    root: Path
    spec: dict[str, Any] = field(default_factory=lambda: dict(_SPEC))
    variables: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    built: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    known: int = 0

    @property
    def own(self) -> Path:
        return self.root / _OWN

    def check(self) -> None:
        """Hold all properties for the files as they are."""
        (self.own / "compose.yaml").write_text(json.dumps(_compose_file(self.spec)))
        try:
            found = self._described()
        except HelpersError:
            return  # a file is malformed or missing: nothing is reused, nothing is run
        model = _Model(self)
        if not found.content:
            assert not model.complete or self.spec.get("volume") not in (None, "plain")
            return
        assert model.complete, "something is known that is not there"
        self.known += 1
        seen, whole = model.text(exact=True), model.text(exact=False)
        assert self.shown.setdefault(found.content, seen) == seen, "a false reuse"
        assert self.digests.setdefault(whole, found.content) == found.content, "a needless run"
        for image in found.images:
            built = model.text(exact=True, build=True)
            assert self.built.setdefault(image, built) == built, "a stale image"

    def _described(self) -> Described:
        project = Project(
            name="helpers-a-key",
            file=self.own / "compose.yaml",
            labels={"org.helpers.run": "key"},
            variables=self.variables,
            cleared=tuple({"A", "B", "TOKEN"} - set(self.variables)),
            for_run=True,
        )
        return describe_services(find_endpoint(os.environ), project)


def _compose_file(spec: dict[str, Any]) -> dict[str, Any]:
    service: dict[str, Any] = {"image": "x"}
    file: dict[str, Any] = {"services": {"db": service}, "secrets": {}, "configs": {}}
    if spec.get("context"):
        service["build"] = {"context": spec["context"]}
        wanted = {
            "dockerfile": spec.get("dockerfile"),
            "args": spec.get("args"),
            "additional_contexts": {"far": spec["further"]} if spec.get("further") else None,
            "secrets": [spec["build_secret"]] if spec.get("build_secret") else None,
        }
        service["build"] |= {key: value for key, value in wanted.items() if value}
    for group, name in (("secrets", "secret"), ("configs", "config")):
        kinds = {
            "file": {"file": spec.get(f"{name}_file", "../secret.ignored")},
            "token": {"environment": "TOKEN"},
            "text": {"content": "a ${A:-none}"},
        }
        used = [spec.get(name), spec.get("build_secret") if name == "secret" else None]
        file[group] = {kind: kinds[kind] for kind in used if kind}
        if spec.get(name):
            service[group] = [spec[name]]
    if spec.get("extends"):
        service["extends"] = {"file": spec["extends"], "service": "b"}
    service |= {key: spec[key] for key in ("environment", "env_file") if spec.get(key)}
    volumes = [f"{spec['bind']}:/bound"] if spec.get("bind") else []
    if spec.get("volume"):
        volumes.append("data:/data")
        device = {"driver_opts": {"type": "none", "o": "bind", "device": spec["volume"]}}
        file["volumes"] = {"data": {} if spec["volume"] == "plain" else device}
    return file | {"services": {"db": service | {"volumes": volumes}}}


class _Model:
    """What services see, by reading the files and nothing of the toolchain's."""

    def __init__(self, bench: _Bench) -> None:
        self._bench, self._spec, self.complete = bench, bench.spec, True
        self._variables = _pairs(_read(bench.own / ".env")) | bench.variables
        self.text(exact=True)

    def text(self, *, exact: bool, build: bool = False) -> str:
        """All of it.

        Args:
            exact: without files of a build context that the image does not get.
            build: what the image is built from alone.
        """
        seen = self._build(exact=exact)
        if not build:
            seen += [self._bench.variables, *self._service(exact=exact)]
        seen += [] if exact else [_compose_file(self._spec)]
        return repr(seen)

    def _build(self, *, exact: bool) -> list[Any]:
        spec = self._spec
        if not spec.get("context"):
            return []
        context = self._bench.own / spec["context"]
        dockerfile = context / (spec.get("dockerfile") or "Dockerfile")
        self.complete &= dockerfile.exists()
        beside = Path(f"{dockerfile}.dockerignore")
        ignored = _read(beside if beside.is_file() else context / ".dockerignore")
        args = spec.get("args") or {}
        if isinstance(args, list):
            # One that has no value anywhere is not given.
            given = {name: self._variables[name] for name in args if name in self._variables}
        else:
            default = self._variables.get("A") or "none"
            given = {name: default if "$" in value else value for name, value in args.items()}
        secret = self._sort_of(spec.get("build_secret"), "secret")
        files = self._below(context, {"sub"} if exact and "sub\n" in ignored else set())
        far = self._below(self._bench.own / spec["further"]) if spec.get("further") else []
        ignoring = (context / ".dockerignore", beside)
        read = (dockerfile, *(path for path in ignoring if path.is_file()))
        kept = [] if exact else [self._below(path) for path in read]
        return [spec["context"], spec.get("further"), _read(dockerfile), given, secret, files, far,
                *kept]  # fmt: skip

    def _service(self, *, exact: bool) -> list[Any]:
        spec, own = self._spec, self._bench.own
        seen: list[Any] = [bool(spec.get("bind")), spec.get("volume")]
        for name in ("secret", "config"):
            seen += [spec.get(name), self._sort_of(spec.get(name), name)]
        base = _read(own / "base.yaml") if spec.get("extends") else ""
        hostname = self._variables.get("A") if "${A}" in base else None
        texts = [_read(own / "one.env")] if "env_file" in base else []
        texts += [_read(own / spec["env_file"])] if spec.get("env_file") else []
        values = {name: value for text in texts for name, value in _pairs(text).items()}
        if spec.get("environment") == ["TOKEN"] and "TOKEN" in self._variables:
            values["TOKEN"] = self._variables["TOKEN"]
        elif isinstance(spec.get("environment"), dict):
            values["X"] = self._variables.get("B") or "none"
        bound = self._below(own / spec["bind"]) if spec.get("bind") else []
        if spec.get("volume") not in (None, "plain"):
            seen += self._below(own / spec["volume"])
        # Which file says it is no matter, but the whole of `.env` may count.
        whole = [] if exact else [_read(own / ".env"), base, *texts]
        return [*seen, hostname, sorted(values.items()), bound, *whole]

    def _sort_of(self, kind: str | None, name: str) -> Any:
        if kind == "file":
            default = "../secret.ignored"
            return self._below(self._bench.own / self._spec.get(f"{name}_file", default))
        if kind == "text":
            return self._variables.get("A") or "none"
        return self._variables.get("TOKEN") if kind else None

    def _below(self, path: Path, without: set[str] = set()) -> list[Any]:  # noqa: B006
        """A file's mode and content, or those of all in a folder, which may be empty."""
        if path.is_file():
            return [(path.stat().st_mode, path.read_bytes())]
        self.complete &= path.is_dir()
        seen: list[Any] = []
        for item in sorted(path.rglob("*")):
            name = item.relative_to(path)
            if name.parts[0] in without:
                continue
            if item.is_symlink():
                seen.append((str(name), os.readlink(item)))  # noqa: PTH115
            else:
                content = item.read_bytes() if item.is_file() else b"folder"
                seen.append((str(name), item.stat().st_mode, content))
        return seen


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _pairs(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {name: value for name, equals, value in lines if equals}


def _apply(bench: _Bench, kind: str, where: str, what: Any) -> None:
    path = Path(os.path.normpath(bench.own / where))
    if kind == "set":
        choices = _SETTINGS[where]
        bench.spec[where] = choices[what % len(choices)]
    elif kind == "variable":
        bench.variables = {"TOKEN": where} if where else {}
    elif kind == "folder":
        if not (path / what).exists():
            (path / what).mkdir(parents=True)
    elif kind == "execute":
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode ^ 0o111)
    else:
        _replace(path, kind, what, bench)


def _replace(path: Path, kind: str, what: str, bench: _Bench) -> None:
    before = path.stat() if path.exists() else None
    if path.is_symlink() or kind in ("delete", "link"):
        path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(os.path.relpath(os.path.normpath(bench.own / what), path.parent))
    elif kind != "delete":
        path.write_text(what)
        if kind == "write quietly" and before:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.superslow
def test_services_that_would_see_something_else_are_not_taken_for_the_same() -> None:
    known = []

    def hold(edits: Iterable[tuple[str, str, Any]]) -> None:
        folder = Path(tempfile.mkdtemp(prefix="helpers-services-"))
        try:
            bench = _Bench(folder)
            start = {path: "A=1\n" for path in _PATHS if "env" not in path and "ignore" not in path}
            write_files(bench.own, start | {"../secret.ignored": "s", "base.yaml": _BASES[0]})
            write_files(bench.own, {"one.env": "A=1\n", "two.env": "", ".env": "TOKEN=1\n"})
            for edit in edits:
                _apply(bench, *edit)
                bench.check()
            known.append(bench.known)
        finally:
            shutil.rmtree(folder)

    try_edits(_edits, _EDITS, hold)
    # Where nothing is known nothing is reused, and nothing was held.
    assert sum(known) > _EDITS / 4
