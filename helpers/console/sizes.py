"""Amounts of bytes, as people write them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000.0


def readable_size(size: int, *, precise: bool = False) -> str:
    """`603 MB`, in powers of ten as docker shows sizes; three digits say enough.

    Args:
        precise: with a decimal, where sizes are compared: `603.2 MB`.
    """
    value, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if value < _STEP - 0.5 or unit == _UNITS[-1]:
            break
        value /= _STEP
    whole = unit == "B" or (value >= 10 and not precise)
    return f"{value:.0f} {unit}" if whole else f"{value:.1f} {unit}"
