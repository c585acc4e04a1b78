"""How registries and package indexes are reached from a repo."""

from helpers.images.installing.certificates import bundle_content
from helpers.model.events import Listener, Notice
from helpers.model.repo import Repo
from helpers.registry.access import Access
from helpers.system.host import Host


def open_access(repo: Repo, host: Host, listen: Listener) -> Access:
    """How this repo's registries and indexes are reached.

    Raises:
        HelpersError: the bundle of certificates that the settings name cannot be read.
    """
    certificates = bundle_content(repo, host)
    return Access(host, certificates or None, on_retry=lambda text: listen(Notice(text)))
