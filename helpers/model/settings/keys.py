"""What the keys of settings files may hold: one table reads the files and makes their schemas."""

from enum import Enum

from helpers.model.dataclass import dataclass
from helpers.model.settings.deprecated import Former


class Kind(Enum):
    """What the value of a key may be; the value is the wording of messages."""

    TEXT = "a text"
    FLAG = "true or false"
    NUMBER = 'a version such as "3.11"'
    TEXTS = "a list of texts"
    CHOICE = "one of"
    AMOUNTS = "names with amounts"
    NAMED = "names with texts"
    TABLES = "names, each with keys of its own"
    TABLE = "a mapping with keys of its own"
    LISTS = "names, each with a list of texts"
    COUNT = "a number from 1"
    ANY = "a mapping or a list"
    DATE = "a date as YYYY-MM-DD"
    VALUE = "a number, a text, or true or false"
    ITEMS = "a list of names, or of mappings with keys of their own"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text must look like, or each text of a list or of names with texts.

    Attributes:
        pattern: in the syntax that Python and JSON Schema share; it matches the whole text.
        wrong: what an error says of a text that does not match.
    """

    pattern: str
    wrong: str
    fix: str


@dataclass(frozen=True, slots=True)
class Tie:
    """A key on which another one depends, and what an error says where that does not hold."""

    key: str
    wrong: str
    fix: str


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a settings file.

    Attributes:
        says: what it means, for editors.
        choices: the words that a choice is between; of a list, its items; otherwise the names.
        formers: values that it once had.
        names_of: a key whose names it may have as values, whatever its own rule says.
        needs: a key that must be there too.
        excludes: a key that must not be there too.
        name_rule: what its names must look like, where it has some.
        keys: those below each name, of the mapping, or of each item, which may be the first alone.
    """

    name: str
    kind: Kind
    says: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    formers: tuple[Former, ...] = ()
    rule: Rule | None = None
    name_rule: Rule | None = None
    names_of: str = ""
    needs: Tie | None = None
    excludes: Tie | None = None
    keys: "tuple[Key, ...]" = ()

    @property
    def expected(self) -> str:
        """What its value must be, for messages."""
        named = self.kind is Kind.CHOICE
        return f"{self.kind.value} {', '.join(self.choices)}" if named else self.kind.value


BELOW_ROOT = Rule(
    r"(?!/)(?!([\s\S]*/)?\.\.(/|$))[\s\S]*",
    "is not a path below the repo's root",
    "write it relative to the repo's root, without '..'",
)


def like(name: str, pattern: str, wrong: str, example: str) -> Rule:
    """The rule that the value of a key has a form, shown by an example of the whole line.

    Args:
        wrong: what follows a value that has it not, such as "is no name of a branch".
    """
    return Rule(pattern, wrong, f"write for instance  {name}: {example}")


def of_form(name: str, pattern: str, form: str) -> Rule:
    """The rule that the value of a key has a form, which its errors show."""
    return Rule(pattern, f"is not of the form {form}", f"give '{name}' {form}")
