"""The keys on data and suites: `data`, `suites`, `offline` of a dir, `large_files` of a repo."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from helpers.model.data import DATA_FOLDER, VERSION_SUFFIX
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import Section, Setting
from helpers.model.spelling import nearest_value

# Those that every dir has, by pytest's markers, and all tests together.
BY_MARKER = ("fast", "slow", "superslow")
ALL = "all"
_NAME = "[a-z0-9][a-z0-9_.-]{0,63}"
_ABOUT_NAMES = "write small letters, digits, '_', '.' and '-', 64 at most"
_DATA_NAME = Rule(_NAME, "is no name of data", _ABOUT_NAMES)
_SUITE_NAME = Rule(
    rf"(?!(?:{'|'.join((*BY_MARKER, ALL))})$){_NAME}",
    "is no name of a suite of folders",
    f"{_ABOUT_NAMES}; every dir has the suites {', '.join((*BY_MARKER, ALL))} already",
)
_WORD = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(rf"\$\{{({_WORD})\}}")
_WITH_VARIABLES = Rule(
    rf"(?=[\s\S]*\S)([^$]|\$\{{{_WORD}\}})*",
    "has a $ that begins no variable",
    'write for instance path: "${DATA_DIR}/prices"',
)
BELOW_DIR = Rule(
    r"(?![/-])(?!([\s\S]*/)?\.\.?(/|$))[^\s\x00-\x1f]([\s\S]*[^/])?",
    "is not a path below the dir",
    "write it relative to the dir, without '.' and '..', such as tests/unit",
)
_DATA_KEYS = (
    Key(
        "path",
        Kind.TEXT,
        "The folder on the host: absolute, or relative to the dir. `${NAME}` stands for a variable"
        " of the host.",
        required=True,
        rule=_WITH_VARIABLES,
    ),
    Key(
        "version",
        Kind.TEXT,
        "The file that says what the folder holds, relative to the dir; without the key"
        " data/<name>.version.",
        rule=BELOW_DIR,
    ),
)
DATA_KEYS = (
    Key(
        "suites",
        Kind.NAMED,
        "By name, the folder whose tests are a suite, relative to the dir: --suite takes the name.",
        rule=BELOW_DIR,
        name_rule=_SUITE_NAME,
    ),
    Key(
        "offline",
        Kind.TEXTS,
        "The names of those `suites` whose tests reach no network; one that tries fails.",
    ),
    Key(
        "data",
        Kind.TABLES,
        "By name, folders of data outside of the repo, which its containers see below /data, to"
        " read alone.",
        keys=_DATA_KEYS,
        name_rule=_DATA_NAME,
    ),
)
LARGE_FILE_KEYS = (
    Key("until", Kind.DATE, "The last day on which it may be committed.", required=True),
    Key("reason", Kind.TEXT, "Why it may be.", required=True),
)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder of data: `path` and `version` are as their keys say.

    Attributes:
        line: where its path is written.
    """

    name: str
    path: str
    version: str
    line: int

    def folder(self, environment: Mapping[str, str], missing: Callable[[str], HelpersError]) -> str:
        """The path with the values of variables in the place of their names.

        Args:
            missing: the error for a variable that is not set, or empty.

        Raises:
            HelpersError: one is.
        """

        def value(found: re.Match[str]) -> str:
            if not environment.get(found[1]):
                raise missing(found[1])
            return environment[found[1]]

        return _VARIABLE.sub(value, self.path)


def data_sets(found: Mapping[str, Setting]) -> dict[str, DataSet]:
    """What the key `data` names."""
    made = {}
    named: Mapping[str, Section] = found["data"].value if "data" in found else {}
    for name, section in named.items():
        version = section.get("version", f"{DATA_FOLDER}/{name}{VERSION_SUFFIX}")
        made[name] = DataSet(name, section["path"], version, section.lines["path"])
    return made


def check_suites(found: Mapping[str, Setting], path: str) -> None:
    """Hold that what is offline is a suite; `path` is for messages alone.

    Raises:
        HelpersError: a name is of none.
    """
    suites: Sequence[str] = tuple(found["suites"].value) if "suites" in found else ()
    for name in found["offline"].value if "offline" in found else ():
        if name not in suites:
            near = nearest_value("", name, suites).strip() if suites else ""
            raise HelpersError(
                f"key 'offline': there is no suite {name!r} among 'suites'",
                where=f"{path}:{found['offline'].line}",
                fix=f"perhaps you meant {near}" if near else f"suites: {{{name}: tests/{name}}}",
            )


def large_files(found: Mapping[str, Setting]) -> dict[str, date]:
    """By path, the last day on which a file may be committed that otherwise may not."""
    named = found["large_files"].value if "large_files" in found else {}
    return {path: one["until"] for path, one in named.items()}
