"""Ctrl-C, taken between two chunks of work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruption_between_chunks"]


@contextmanager
def interruption_between_chunks() -> Iterator[Callable[[], None]]:
    """Yield a function to call between chunks, which raises KeyboardInterrupt if Ctrl-C was pressed meanwhile.

    Raised anywhere, the interruption can hit the standard library's thread pools while they hold a lock, and their
    workers then never end. A second Ctrl-C is raised at once.
    """
    pressed = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield check
        return
    signal.signal(signal.SIGINT, remember)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
    check()
