"""The one error of forges."""

from helpers.model.errors import HelpersError


class ForgeError(HelpersError):
    """A forge cannot be asked, or refused; `status` is HTTP's, 0 where no answer came."""

    def __init__(self, what: str, *, status: int = 0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status
