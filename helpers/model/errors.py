"""The one exception for what the user can fix."""


class HelpersError(Exception):
    """Something that the user can fix.

    Args:
        what: one sentence that says what is wrong.
        where: the file, line, key, dir or command concerned; may span several lines.
        fix: the command that fixes it, or what to write instead.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"where: {self.where}")
        if self.fix:
            lines.append(f"fix: {self.fix}")
        return "\n".join(lines)
