"""A new repo: what is asked, what may be answered, and the names that derive from the answers."""

import re
from collections.abc import Mapping

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.names import small_letters
from helpers.model.shell_words import quoted
from helpers.model.spelling import nearest_value

# The answers that leave something out.
NO_TEMPLATE, NO_REMOTE = "nothing", "none"
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OWNER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        key: as in `--data <key>=<answer>`.
        title: as it is asked on a terminal.
        default: empty: there is none, so it must be answered.
        choices: all answers that there are; empty: `pattern` decides.
        rule: what an answer must be, for messages.
        example: an answer, for messages.
    """

    key: str
    title: str
    default: str = ""
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] = _ONE_LINE
    rule: str = "one line of text"
    example: str = ""

    def check(self, answer: str) -> str:
        """The answer as it counts.

        Raises:
            HelpersError: it is not what it must be.
        """
        answer = answer.strip()
        if self.choices:
            wanted = answer.lower()
            if wanted in self.choices:
                return wanted
            near = nearest_value("", wanted, self.choices).split(" or ")
            raise HelpersError(
                f"{self.title}: {answer!r} is none of {', '.join(self.choices)}",
                fix=" or ".join(f"--data {self.key}={word}" for word in near),
            )
        if not self.pattern.fullmatch(answer):
            raise HelpersError(
                f"{self.title}: {answer!r} is not {self.rule}",
                fix=f"--data {self.key}={quoted(self._near(answer))}",
            )
        return answer

    def _near(self, answer: str) -> str:
        """The nearest good answer, or an example."""
        near = small_letters(answer, "_")
        return near if self.pattern is _NAME and _NAME.fullmatch(near) else self.example


def questions(
    *, author: str, lockers: tuple[str, ...], pythons: tuple[str, ...], templates: tuple[str, ...]
) -> tuple[Question, ...]:
    """The six questions.

    Args:
        author: the default; empty: there is none.
        lockers: the tools that lock dependencies, the default first.
        pythons: the versions that a base image has, the default last.
        templates: what a repo may start with, the default first.
    """
    return (
        Question(
            "name",
            "project name",
            pattern=_NAME,
            rule="letters, digits and _, beginning with a letter",
            example="template_test",
        ),
        Question("author", "author", author, example="Ann Author"),
        Question("lock", "lock tool", lockers[0], lockers),
        Question("python", "Python", pythons[-1], pythons),
        Question("start", "starts with", templates[0], (*templates, NO_TEMPLATE)),
        Question(
            "remote",
            "owner of the repo on GitHub",
            NO_REMOTE,
            pattern=_OWNER,
            rule="the name of an owner: letters, digits and single -; or none",
            example="my-company",
        ),
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers, by the keys of the questions."""

    name: str
    author: str
    lock: str
    python: str
    start: str
    remote: str

    @property
    def has_template(self) -> bool:
        """Whether the repo's root is a project from its first commit on."""
        return self.start != NO_TEMPLATE

    @property
    def has_remote(self) -> bool:
        """Whether the repo is published."""
        return self.remote != NO_REMOTE


@dataclass(frozen=True, slots=True)
class Names:
    """What things of the repo are called.

    Attributes:
        repo: in the repo's settings, and on the remote.
        package: as an index lists it.
        image: of the root.
        module: as Python imports it.
    """

    repo: str
    package: str
    image: str
    module: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step of the plan begins, or ended.

    Attributes:
        makes: what there is once it is done.
        there: it was done before, so nothing was done now.
    """

    name: str
    makes: str
    ended: bool = False
    there: bool = False


# As `repo_defaults.yaml` calls them, and what holds where it says nothing.
PATTERNS = {"repo": "{dashed}", "package": "{dashed}", "image": "{dashed}", "import": "{name}"}
_FORMS = {
    "repo": (re.compile(r"[a-z0-9._-]{1,100}"), "small letters, digits, '.', '_' and '-'"),
    "package": (
        re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?"),
        "small letters, digits, '.', '_' and '-', with a letter or digit at both ends",
    ),
    "image": (
        re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"),
        "small letters and digits, with single '.', '_' or '-' between them",
    ),
    "import": (re.compile(r"[a-z_][a-z0-9_]*"), "small letters, digits and '_'"),
}
# A number after a dash begins the version in a changelog's headings.
_LIKE_VERSION = re.compile(r"-(?=\d)")


def derive_names(name: str, patterns: Mapping[str, str]) -> Names:
    """The names that a project name gives.

    Args:
        patterns: by the keys of `PATTERNS`; those that are missing are as there.

    Raises:
        HelpersError: a pattern makes of it what such a name cannot be.
    """
    small = name.lower()
    words = {"name": small, "dashed": "-".join(filter(None, small.split("_")))}
    found = {}
    for key, pattern in {**PATTERNS, **patterns}.items():
        made = pattern.format_map(words)
        made = _LIKE_VERSION.sub("_", made) if key == "image" else made
        form, rule = _FORMS[key]
        if not form.fullmatch(made):
            raise HelpersError(
                f"the project name {name!r} gives the {key} {made!r}, which is not {rule}",
                where=f"names: {{{key}: {pattern!r}}}",
                fix="give another name, --data name=template_test, or correct the pattern",
            )
        found[key] = made
    return Names(found["repo"], found["package"], found["image"], found["import"])
