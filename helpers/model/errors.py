"""The one exception for what the user can mend."""


class HelpersError(Exception):
    """Something that the user can mend.

    Args:
        what: one sentence that says what is wrong.
        where: the file, line, key, dir or command concerned; may span several lines.
        mend: the command that mends it, or what to write instead.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"where: {self.where}")
        if self.mend:
            lines.append(f"mend: {self.mend}")
        return "\n".join(lines)
