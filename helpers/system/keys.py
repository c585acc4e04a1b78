"""Read single keys from a terminal; restores its mode whenever nobody waits for one."""

import os
import select
import signal
import termios
import tty
from contextlib import suppress
from types import FrameType
from typing import Any, Self

# Signals that end or suspend the process: restore the terminal first.
_LEAVING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
_MOST = 64
_ESCAPE = b"\x1b"
_END = "\x04"


class Keys:
    """The keys that are typed on the standard input, as a context in which to ask for them.

    Attributes:
        unused: what was typed before anybody asked, which counts for nothing.
    """

    def __init__(self, terminal: int = 0) -> None:
        self._terminal = terminal
        self._own_mode: list[Any] | None = None
        self._handlers: dict[int, Any] = {}
        self._typed = ""
        self.unused = ""

    def __enter__(self) -> Self:
        self._typed = self.unused = ""
        for number in _LEAVING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._leave)
        with suppress(OSError, termios.error):
            self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def pressed(self) -> str:
        """The next key that was typed; empty: none. Where the terminal is gone, the end of input.

        In the background the terminal belongs to another process: nothing is read, nothing changed.
        """
        try:
            # Each time again: a shell changes the mode when it resumes a suspended process.
            if self._listen() and select.select([self._terminal], [], [], 0)[0]:
                typed = os.read(self._terminal, _MOST)
                # An arrow or a function key sends a sequence of letters that nobody typed.
                if not typed.startswith(_ESCAPE):
                    self._typed += typed.decode(errors="ignore") or _END
        except (OSError, termios.error):
            return _END
        key, self._typed = self._typed[:1], self._typed[1:]
        return key

    def _listen(self) -> bool:
        """Get keys as they are typed; whether that can be."""
        if not self._in_foreground():
            return False
        mode = termios.tcgetattr(self._terminal)
        if mode[tty.LFLAG] & termios.ICANON:
            self._own_mode = mode
            tty.setcbreak(self._terminal, termios.TCSADRAIN)
            while select.select([self._terminal], [], [], 0)[0]:
                before = os.read(self._terminal, _MOST)
                if not before:
                    break
                self.unused += "".join(filter(str.isprintable, before.decode(errors="ignore")))
        return True

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self._give_back()
        handler = self._handlers[number]
        if callable(handler):
            handler(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        # The process was suspended above and is resumed here.
        signal.signal(number, self._leave)

    def _give_back(self) -> None:
        mode, self._own_mode = self._own_mode, None
        if mode and self._in_foreground():
            # If the terminal is gone, there is no mode to restore.
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, mode)

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:
            return True  # no shell controls jobs on it
