"""The build backend inside a source distribution of ours: packs what stands in `wheel`.

It runs wherever somebody installs from source: the standard library alone.
"""

import base64
import csv
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def build_wheel(
    wheel_directory: str,
    config_settings: object = None,  # noqa: ARG001
    metadata_directory: object = None,  # noqa: ARG001
) -> str:
    """Write the wheel; return its file name."""
    said = json.loads((_ROOT / "wheel.json").read_text(encoding="utf-8"))
    at = time.gmtime(said["seconds"])
    stamp = (at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec)
    info, lines, contents = said["info"] + "/", io.StringIO(), {}
    record = csv.writer(lines, lineterminator="\n")
    for name in sorted(said["files"]):
        content = contents[name] = (_ROOT / "wheel" / name).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        record.writerow((name, "sha256=" + digest.decode(), len(content)))
    record.writerow((info + "RECORD", "", ""))
    order = sorted(contents, key=lambda one: (one.startswith(info), one))
    contents[info + "RECORD"] = lines.getvalue().encode()
    with zipfile.ZipFile(Path(wheel_directory, said["name"]), "w") as archive:
        for name in (*order, info + "RECORD"):
            item = zipfile.ZipInfo(name, stamp)
            item.external_attr = (0o100755 if said["files"].get(name) else 0o100644) << 16
            archive.writestr(item, contents[name], zipfile.ZIP_DEFLATED)
    return str(said["name"])


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Refuse: a source distribution is made where the sources are."""
    raise NotImplementedError("this is a source distribution already")
