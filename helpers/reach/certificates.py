"""The certificates of a run: made for it, kept in memory, good for whoever has the run's key."""

from datetime import UTC, datetime, timedelta

from helpers.model.dataclass import dataclass

# The clock of a host may be wrong by as much.
_SPAN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of a run, in memory: who has them is of the run."""

    authority: str
    certificate: str
    key: str


def make_certificates() -> Certificates:
    """A certificate that vouches for itself, and its key."""
    # Imported here: they come with Dask.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "helpers")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SPAN)
        .not_valid_after(now + _SPAN)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return Certificates(text, text, private)
