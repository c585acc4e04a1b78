"""One release of an image at a time, also among machines that share nothing but the registry.

A release that finds the tag free writes its lock there, and relies on it only if it still stands
once rivals have written theirs (see `registry.settling`). The second look of a late one is that of
the steps: one that tags a version reads the tag first, and a rollback what its tag names. A lock
expires, so a release that died does not block others for long.

What a release of code publishes stays, so before it does the lock notes the commit. The note stays
as well until that release has ended: nobody releases another commit meanwhile and does not know it.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.times import deadline
from helpers.registry import settling
from helpers.registry.errors import RegistryError
from helpers.registry.repository import Repository
from helpers.release.owner import Owner
from helpers.release.targets import ReleaseTarget

_ARTIFACT = "application/vnd.helpers.claim"
_KEY = "org.helpers.claim.key"
_OWNER = "org.helpers.claim.owner"
_WHAT = "org.helpers.claim.what"
_UNTIL = "org.helpers.claim.until"
_COMMIT = "org.helpers.claim.commit"
_LASTS = timedelta(minutes=15)
_RENEWED_SECONDS = 300.0
# Earlier versions of the toolchain call it a claim: old and new ones must see each other.
LOCK_TAG = "{stage}.claim"


class LockedError(HelpersError):
    """Somebody else holds the lock."""


class UnfinishedError(HelpersError):
    """A release of another commit published something, and was not ended."""


def locked_tag(repository: Repository, stage: Stage) -> str:
    """The tag with a version whose release or rollback was not ended, or is under way; or none."""
    said = repository.note(LOCK_TAG.format(stage=stage))
    is_open = said.get(_KEY) or said.get(_COMMIT)
    return said.get(_WHAT, "").rpartition(" ")[2] if is_open else ""


class Lock:
    """Holds the right to move an image's tags of one stage, for as long as the context lasts.

    Args:
        what: the image's name and the tag of the version.
        commit: of a release of code, which publishes more than the image; empty: it is another.
        is_over: whether a release of another commit that was not ended hinders nobody, by its tag.
    """

    def __init__(
        self,
        target: ReleaseTarget,
        stage: Stage,
        owner: Owner,
        what: str,
        commit: str = "",
        *,
        is_over: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._target = target
        self._repository = target.repository
        self._tag = LOCK_TAG.format(stage=stage)
        self._owner = owner
        self._what = what
        self._commit = commit
        self._is_given_up = is_over
        self._noted = ""
        self._read_at = self._written_at = 0.0
        self._was_there = False
        self._done = threading.Event()
        self._renewal = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            LockedError: somebody else holds it.
            UnfinishedError: a release of another commit was not ended.
            RegistryError: the registry refuses.
        """
        self._read_at = time.monotonic()
        self.check_free()
        self._write()
        self._written_at = time.monotonic()
        # Mostly the slower of two releases ends here; only `confirm` is certain.
        self.check()
        self._renewal.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._done.set()
        self._renewal.join()
        if kind is None and self._commit:
            self._noted = ""
        try:
            if self._is_ours(self._read()):
                self._write(ended=True)
        except RegistryError:
            return  # the lock expires

    def confirm(self) -> None:
        """Make sure that the lock is ours, before anything is done that others see.

        Raises:
            LockedError: somebody else was faster.
            RegistryError: the registry refuses.
        """
        settling.wait_for_rivals(self._read_at, self._written_at)
        self.check()
        if self._commit and self._noted != self._commit:
            self._noted = self._commit
            self._write()

    def check(self) -> None:
        """Make sure that nobody else has taken the lock since.

        Raises:
            LockedError: somebody has.
            RegistryError: the registry refuses.
        """
        found = self._read()
        if not self._is_ours(found):
            raise self._locked(found)

    def check_free(self) -> None:
        """Make sure that nobody else holds the lock; write nothing.

        Raises:
            LockedError: somebody else does.
            UnfinishedError: a release of another commit was not ended.
            RegistryError: the registry refuses.
        """
        found = self._read()
        self._was_there = bool(found)
        if found and not self._is_ours(found) and not self._is_over(found):
            raise self._locked(found)
        noted, what = found.get(_COMMIT, ""), found.get(_WHAT, "it")
        if self._commit and noted not in ("", self._commit):
            if not self._is_given_up(what.rpartition(" ")[2]):
                raise self._unfinished(noted, what)
            noted = ""
        self._noted = noted

    def _is_ours(self, found: dict[str, str]) -> bool:
        return found.get(_KEY) == self._owner.key

    def _is_over(self, found: dict[str, str]) -> bool:
        try:
            return self._repository.now() >= datetime.fromisoformat(found.get(_UNTIL, ""))
        except (TypeError, ValueError):  # no time, or one without its zone
            return True

    def _locked(self, found: dict[str, str]) -> LockedError:
        owner, what = found.get(_OWNER, "somebody"), found.get(_WHAT, "a release")
        return LockedError(
            f"{owner} is releasing it: {what}",
            where=f"{self._repository.name}:{self._tag},"
            f" until {deadline(found.get(_UNTIL, 'unknown'))} at the latest",
            fix=f"wait until that is done, then look with {self._target.show_history}",
        )

    def _unfinished(self, commit: str, what: str) -> UnfinishedError:
        release = f"i release {self._target.of_dir}"
        version = self._what.rpartition(" ")[2].removeprefix("v")
        return UnfinishedError(
            f"the release of {what} was not ended, and other commits came since",
            where=f"{self._repository.name}:{self._tag}, which names the commit {commit[:12]}",
            fix=f"git switch --detach {commit[:12]} && {release}   (ends it)\n"
            f"or {release} --version {version}   (gives it up)",
        )

    def _read(self) -> dict[str, str]:
        return self._repository.note(self._tag)

    def _write(self, *, ended: bool = False) -> None:
        until = self._repository.now() + (timedelta() if ended else _LASTS)
        said = {
            _KEY: "" if ended else self._owner.key,
            _OWNER: self._owner.name,
            _WHAT: self._what,
            _UNTIL: until.isoformat(timespec="seconds"),
        } | ({_COMMIT: self._noted} if self._noted else {})
        self._repository.put_note(_ARTIFACT, said, self._tag, again=self._was_there)
        self._was_there = True

    def _renew(self) -> None:
        while not self._done.wait(_RENEWED_SECONDS):
            try:
                if not self._is_ours(self._read()):
                    return  # `confirm` raises it
                self._write()
            except RegistryError:
                continue
