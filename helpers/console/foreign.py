"""Text from outside, made so that it can be printed: names, messages, output of tests and tools.

It may hold bytes that are no UTF-8 (Python keeps them as surrogates), sequences that a terminal
obeys, and signs that reorder a line. The views print it by way of `printable`; the streams of a
command do the same with all that is printed, so that nothing slips through.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

# Colour codes are removed; other control sequences are shown escaped.
_COLOURS = re.compile("(?:\x1b\\[|\x9b)[0-9;:]*m")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_COLOURED = re.compile(f"({_COLOURS.pattern})|{_UNPRINTABLE.pattern}")


def printable(text: str, *, colours: bool = False) -> str:
    """The text with nothing in it that a terminal obeys or an encoding refuses.

    Args:
        colours: those of a tool that was asked for them stay.
    """
    if _UNPRINTABLE.search(text) is None:
        return text
    text = text.replace("\r\n", "\n")
    if colours:
        return _COLOURED.sub(lambda found: found[1] or _spelled(found), text)
    return _UNPRINTABLE.sub(_spelled, _COLOURS.sub("", text))


def one_line(text: str) -> str:
    """The text as a part of one line."""
    return " ".join(printable(text).split("\n"))


def write_foreign(is_error: bool, data: bytes) -> None:
    """Write what another program wrote, as it comes, to the output of the same kind.

    Raises:
        BrokenPipeError: its reader is gone.
    """
    output = 2 if is_error else 1
    if os.isatty(output):
        # A terminal would obey it; a file or a program gets what was written.
        text = printable(data.decode("utf-8", "surrogateescape"), colours=True)
        data = text.encode("utf-8", "backslashreplace")
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]


def unfiltered(stream: TextIO) -> TextIO:
    """The stream below, for a view that colours and moves on purpose and uses `printable`."""
    return stream._inner if isinstance(stream, _PrintableStream) else stream


@contextmanager
def printable_output() -> Iterator[None]:
    """Print nothing but printable text in the block, and spell what the encoding lacks.

    A reader that is gone takes the rest of the output, and not the job. An error stands behind the
    output that it speaks of, also where both go to one file. A block in a block changes nothing.
    """
    kept = sys.stdout, sys.stderr
    output, errors = (_lasting(unfiltered(stream), number) for number, stream in enumerate(kept, 1))
    sys.stdout, sys.stderr = _PrintableStream(output), _PrintableStream(errors, output)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = kept


def make_streams_last() -> None:
    """Keep an output that is closed or full from ending the process with an error."""
    sys.stdout, sys.stderr = _lasting(sys.stdout, 1), _lasting(sys.stderr, 2)


def _lasting(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        # Closed by the caller (`>&-`): a file that is opened later must not become our output.
        _to_nowhere(number)
        return open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="backslashreplace")
    # Unbuffered, it has the file where the buffer would be.
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if stream.isatty() or isinstance(raw, _Outlet) or not isinstance(raw, io.FileIO):
        return stream
    stream.flush()
    outlet = io.BufferedWriter(_Outlet(stream.fileno(), "w", closefd=False))
    return io.TextIOWrapper(
        outlet,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


class _Outlet(io.FileIO):
    """A stream that drops its output once a write fails: the reader is gone, or the disk full."""

    def write(self, data: Any) -> int:
        """Write, or drop what nobody reads.

        Raises:
            OSError: the output cannot be written; said once.
        """
        try:
            return super().write(data)
        except OSError as error:
            _to_nowhere(self.fileno())
            if not isinstance(error, BrokenPipeError):
                raise
            return len(data)


class _PrintableStream(io.TextIOBase):
    """Passes on what is printable; everything else that a stream does is the inner one's."""

    def __init__(self, inner: TextIO, before: TextIO | None = None) -> None:
        """Wrap a stream; what `before` keeps back is passed on before anything is written."""
        self._inner = inner
        self._before = before

    def write(self, text: str) -> int:
        """Write the text, so that no terminal obeys it."""
        try:
            if self._before:
                self._before.flush()
        finally:
            self._inner.write(printable(text))
        return len(text)

    def flush(self) -> None:
        """Pass on what is kept back; as Python ends, it may close the inner stream first."""
        if not self._inner.closed:
            self._inner.flush()

    def fileno(self) -> int:
        """The inner stream's."""
        return self._inner.fileno()

    def isatty(self) -> bool:
        """Whether the inner stream is a terminal."""
        return self._inner.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The inner stream's."""
        return self._inner.encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What `input` asks for its prompt."""
        return "backslashreplace"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """The inner stream's bytes."""
        return cast("io.BufferedIOBase", self._inner.buffer)
