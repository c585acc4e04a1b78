"""`repo_defaults.yaml` of the toolchain, as typed values: what a company's new repos are like."""

from collections.abc import Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import read_settings

REPO_DEFAULTS = "repo_defaults.yaml"
_LICENSE_TEXT = """\
Copyright (c) {year} {author}

All rights reserved. Nobody may use, copy, change or pass on this software without the written
permission of the copyright holder.
"""
_PATTERN = Rule(
    r"([a-z0-9._-]|\{(name|dashed)\})*\{(name|dashed)\}([a-z0-9._-]|\{(name|dashed)\})*",
    "is not a pattern of a name",
    "write small letters, digits, '.', '_' and '-' around {name} or {dashed}",
)
_NAMED = {
    "repo": "Of the repo, in its settings and on the remote.",
    "package": "Of the package, as an index lists it.",
    "image": "Of the image of the repo's root.",
    "import": "Of the package, as Python imports it.",
}

REPO_DEFAULTS_KEYS = (
    Key(
        "names",
        Kind.TABLE,
        "The patterns of names: `{name}` stands for the project's name, `{dashed}` for the same"
        " with - in place of _.",
        keys=tuple(Key(name, Kind.TEXT, says, rule=_PATTERN) for name, says in _NAMED.items()),
    ),
    Key("author", Kind.TEXT, "The default of the question for the author."),
    Key(
        "index",
        Kind.TEXT,
        "The address of the simple API of the index in which the package's name must be free;"
        " without it that of the machine's settings.",
        rule=Rule(
            r"https?://[^\s@?#]+",
            "is no address of an index",
            "write https://<host>/<path>, without a login",
        ),
    ),
    Key(
        "visibility",
        Kind.CHOICE,
        "Who sees a repo on the remote.",
        choices=("private", "internal", "public"),
    ),
    Key(
        "teams",
        Kind.NAMED,
        "By the short name of a team on the remote, what it may do: pull, triage, push, maintain or"
        " admin.",
        rule=Rule(
            "pull|triage|push|maintain|admin",
            "is no right of a team",
            "write pull, triage, push, maintain or admin",
        ),
    ),
    Key("reviews", Kind.COUNT, "How many approvals a pull request needs; without it none."),
    Key(
        "environments",
        Kind.TEXTS,
        "The environments that a repo has on the remote.",
        rule=Rule(
            "[A-Za-z0-9][A-Za-z0-9._-]*",
            "is no name of an environment",
            "write letters, digits, '.', '_' and '-'",
        ),
    ),
    Key("license", Kind.TEXT, "The SPDX name of the licence, in the first lines of each source."),
    Key(
        "license_text",
        Kind.TEXT,
        "The text of LICENSE: `{year}` and `{author}` stand for the year and the author.",
    ),
)


@dataclass(frozen=True, slots=True)
class RepoDefaults:
    """What new repos are like: each attribute is as `REPO_DEFAULTS_KEYS` says."""

    names: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    index: str = ""
    visibility: str = "private"
    teams: Mapping[str, str] = field(default_factory=dict)
    reviews: int = 0
    environments: tuple[str, ...] = ()
    license: str = "LicenseRef-Proprietary"
    license_text: str = _LICENSE_TEXT


def parse_repo_defaults(text: str, path: str) -> RepoDefaults:
    """Read `repo_defaults.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, REPO_DEFAULTS_KEYS)
    return RepoDefaults(**{key: setting.value for key, setting in found.items()})
