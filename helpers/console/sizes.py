"""Amounts of bytes, as people write them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000.0


def readable_size(size: int, *, exact: bool = False) -> str:
    """`603 MB`, in powers of ten as docker shows sizes; three digits say enough.

    Args:
        exact: always with a decimal, `603.4 MB`, for sizes that are compared.
    """
    value, unit = float(size), _UNITS[0]
    limit = _STEP if exact else _STEP - 0.5
    for unit in _UNITS:
        if value < limit or unit == _UNITS[-1]:
            break
        value /= _STEP
    decimals = 1 if unit != "B" and (exact or value < 10) else 0
    return f"{value:.{decimals}f} {unit}"
