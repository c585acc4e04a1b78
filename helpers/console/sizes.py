"""Amounts of bytes, as people write them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000.0


def readable_size(size: int) -> str:
    """`603 MB`, in powers of ten as docker shows sizes; three digits say enough."""
    value, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if value < _STEP - 0.5 or unit == _UNITS[-1]:
            break
        value /= _STEP
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
