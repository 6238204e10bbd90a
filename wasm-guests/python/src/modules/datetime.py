"""`datetime`, with the host's answer to which moment a local time is: Python's own searches for it."""

from _pydatetime import *
from _pydatetime import __all__

from _switchhook import seconds_of_local as _seconds_of_local


def _mktime(self):
    return _seconds_of_local(self.year, self.month, self.day, self.hour, self.minute, self.second, self.fold)


datetime._mktime = _mktime
