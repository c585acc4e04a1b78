"""Which index a `uv.lock` names: the public one, wherever it was written.

uv writes the index on every line, and where each file of a package is. Behind a mirror that is the
mirror, which only some machines reach. So while uv runs the lock file names the index that the
machine uses, since uv resolves anew what comes from another, and afterwards the public one again.
That is done only where it is exact: where the places of all files are PyPI's, or end in the same
path, as behind mirrors that pass PyPI's pages on. Otherwise the lock file stays as uv wrote it. The
hashes stay in any case, so no other file can ever be installed.
"""

import re

# The one module that names them: pip and uv have the same defaults.
PUBLIC = "https://pypi.org/simple"
PUBLIC_FILES = "https://files.pythonhosted.org"
_URL = re.compile(r'(?<=\burl = ")[^"]+')
# PyPI's own path of a file holds a hash of it.
_FILE_PATH = re.compile(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/?#]+$")
_PACKAGE = "[[package]]"


def is_public(index: str) -> bool:
    """Whether an index is the one that everybody has; none is that, too."""
    return not index or index.rstrip("/") == PUBLIC


def name_own_index(text: str, index: str) -> str:
    """The lock file with the machine's index in place of the public one."""
    if is_public(index):
        return text
    return text.replace(_source(PUBLIC), _source(index))


def name_public_index(text: str, index: str) -> str:
    """The lock file with the public index in place of the machine's; as it is, where it cannot."""
    if is_public(index):
        return text
    own = (_source(index.rstrip("/")), _source(index.rstrip("/") + "/"))
    blocks = text.split(_PACKAGE)
    if not all(_can_be_public(block) for block in blocks if any(one in block for one in own)):
        return text
    renamed = (
        _URL.sub(_public_url, block) if any(one in block for one in own) else block
        for block in blocks
    )
    joined = _PACKAGE.join(renamed)
    for source in own:
        joined = joined.replace(source, _source(PUBLIC))
    return joined


def names_index(text: str, index: str) -> bool:
    """Whether a lock file names an index that only some machines reach."""
    return not is_public(index) and f'registry = "{index.rstrip("/")}' in text


def _can_be_public(block: str) -> bool:
    urls = _URL.findall(block)
    return all(url.startswith(f"{PUBLIC_FILES}/") or _FILE_PATH.search(url) for url in urls)


def _public_url(match: re.Match[str]) -> str:
    path = _FILE_PATH.search(match[0])
    return f"{PUBLIC_FILES}{path[0]}" if path else match[0]


def _source(index: str) -> str:
    return f'registry = "{index}"'
