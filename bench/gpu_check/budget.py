"""The time that the whole check may take."""
import time


class Budget:
    """Counts down from its creation; `clock` gives seconds."""

    def __init__(self, seconds, clock=time.monotonic):
        self._clock = clock
        self._end = clock() + seconds

    def left(self):
        return self._end - self._clock()

    def allows(self, seconds):
        return self.left() >= seconds

    def limit(self, seconds):
        """A limit for something that should take less than `seconds`.

        Never past the end of the budget, and never under a second, so that
        what has begun can still be told to end.
        """
        return max(1.0, min(seconds, self.left()))
