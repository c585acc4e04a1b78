"""Which certificates are trusted where a registry is asked."""

import re
import ssl
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.shell_words import quoted
from helpers.registry.errors import RegistryError

_NAMED = "its row of certificates names the files"
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted certificates.

    Attributes:
        certificates: authorities beyond those of the system (PEM).
        folder: where Docker keeps more of them for single registries, and client certificates.
    """

    certificates: bytes | None
    folder: Path

    def context(self, host: str) -> ssl.SSLContext:
        """The TLS context for a host, with its port if it is not the default.

        Raises:
            RegistryError: a certificate cannot be read.
        """
        made = ssl.create_default_context()
        # Python 3.13 began to refuse authorities that lack an extension, as those of companies
        # often do; Docker takes them.
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT
        current, fix = "'certificates' of repo_config.yaml", f"i doctor   ({_NAMED})"
        try:
            self._load(made, self.certificates or b"")
            own = self.folder / host
            for path in sorted(own.glob("*.crt")):
                current, fix = str(path), f"openssl x509 -in {quoted(path)} -noout"
                self._load(made, path.read_bytes())
            for path in sorted(own.glob("*.cert")):
                current, fix = str(path), f"openssl x509 -in {quoted(path)} -noout"
                made.load_cert_chain(path, path.with_suffix(".key"))
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryError(
                f"a certificate for {host} cannot be read: {error}",
                where=current,
                fix=fix,
            ) from error
        return made

    @staticmethod
    def _load(context: ssl.SSLContext, content: bytes) -> None:
        blocks = _CERTIFICATE.findall(content)
        if blocks:
            context.load_verify_locations(cadata=b"\n".join(blocks).decode("ascii"))
