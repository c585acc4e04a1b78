"""The key `environments` of a repo: where production images run, in the order of promotion."""

from collections.abc import Iterable, Mapping

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import BELOW_ROOT, Key, Kind, Rule
from helpers.model.settings.reader import Section
from helpers.model.spelling import nearest_value

# Stands for the dir in the path of a file with values.
DIR = "{dir}"
# The name is a tag of images: those that have a meaning already are left out.
_NAME = Rule(
    r"(?!(?:local|dev|prod|latest|stable)(?:-|$))(?!v[0-9])[a-z][a-z0-9-]{0,39}",
    "is no name of an environment: small letters, digits and '-'; not local, dev, prod, latest,"
    " stable or a version, which are tags of images already",
    "write for instance  environments: [integration, staging, production]",
)
ENVIRONMENT_KEYS = (
    Key(
        "name",
        Kind.TEXT,
        "Its name, which is the tag of what runs there.",
        required=True,
        rule=_NAME,
    ),
    Key("registry", Kind.TEXT, "A name among `registries`; without it the first of them."),
    Key(
        "values",
        Kind.TEXT,
        "The file with what differs there (YAML, JSON, TOML or .env), relative to the repo's root;"
        " `{dir}` stands for the dir.",
        rule=BELOW_ROOT,
    ),
)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: each attribute is as `ENVIRONMENT_KEYS` says; empty: the key is missing."""

    name: str
    registry: str = ""
    values: str = ""


def environments(
    found: Iterable[Section], registries: Mapping[str, str], path: str
) -> tuple[Environment, ...]:
    """The environments of a repo, in the order of promotion; `path` is for messages alone.

    Raises:
        HelpersError: a name stands twice, or a registry is none of the repo's.
    """
    made: dict[str, Environment] = {}
    for section in found:
        one = Environment(**section)
        if one.name in made:
            raise HelpersError(
                f"key 'environments': {one.name!r} occurs twice",
                where=f"{path}:{section.lines['name']}",
                fix="remove one of the two",
            )
        if one.registry and one.registry not in registries:
            known = ", ".join(registries) or "none"
            raise HelpersError(
                f"key 'environments': {one.name}: there is no registry {one.registry!r}; there"
                f" are: {known}",
                where=f"{path}:{section.lines['registry']}",
                fix=nearest_value("registry:", one.registry, registries)
                or f"add it:  registries: {{{one.registry}: registry.example.org/team}}",
            )
        made[one.name] = one
    return tuple(made.values())
