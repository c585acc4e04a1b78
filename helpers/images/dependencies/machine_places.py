"""Whether a lock file names places of this machine's settings, which others may not reach."""

from helpers.images.installing.conda_settings import channel_alias
from helpers.images.installing.install_settings import default_index
from helpers.images.installing.working_copy import WorkingCopy
from helpers.lockers.commands import Resolver
from helpers.model.events import Listener, Warned
from helpers.system.host import Host


def warn_of_places(copy: WorkingCopy, resolver: Resolver, host: Host, listen: Listener) -> None:
    """Say that a tool wrote the machine's own index, or channels, into a file that others use."""
    text = copy.read(resolver.lock_file)
    for what, address in (("index", default_index(host)), ("channel alias", channel_alias(host))):
        place = address.rstrip("/")
        if resolver.names_files:
            # Of files it names the addresses, which begin as that of the index does.
            scheme, separator, rest = place.partition("://")
            place = f"{scheme}{separator}{rest.partition('/')[0]}"
        if place and any(f"{before}{place}" in text for before in resolver.before_places):
            listen(
                Warned(
                    f"{resolver.lock_file} names the {what} of this machine's settings",
                    copy.runnable_dir.name,
                    fix="nothing, when all who build reach it; else lock where the settings name"
                    " none",
                )
            )
