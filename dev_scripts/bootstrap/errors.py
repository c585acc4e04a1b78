"""The one exception for what the user can mend."""


class BootstrapError(Exception):
    """Something that the user can mend: what happened, where, and the command that mends it."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        lines = [f"error: {self.what}"]
        lines += [f"  where: {self.where}"] if self.where else []
        lines += [f"  mend:  {self.mend}"] if self.mend else []
        return "\n".join(lines)
