"""`zoneinfo` on the time zone database that travels inside the guest."""

from datetime import datetime, timedelta, timezone, tzinfo

import _switchhook

__all__ = ["ZoneInfo", "ZoneInfoNotFoundError"]

_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)
_zones = {}


class ZoneInfoNotFoundError(KeyError):
    pass


class ZoneInfo(tzinfo):
    def __new__(cls, key):
        zone = _zones.get(key)
        if zone is None:
            if not _switchhook.has_zone(key):
                raise ZoneInfoNotFoundError(f"No time zone found with key {key}")
            zone = super().__new__(cls)
            zone.key = key
            _zones[key] = zone
        return zone

    def _offset(self, dt):
        seconds = (dt.replace(tzinfo=None) - _EPOCH) // _SECOND
        return _switchhook.offset_of_local(self.key, seconds, dt.fold)

    def utcoffset(self, dt):
        return None if dt is None else timedelta(seconds=self._offset(dt)[0])

    def dst(self, dt):
        # The database says whether, and not by how much: an hour, but for Lord Howe Island.
        if dt is None:
            return None
        return timedelta(hours=1) if self._offset(dt)[1] else timedelta(0)

    def tzname(self, dt):
        return None if dt is None else self._offset(dt)[2]

    def fromutc(self, dt):
        if dt.tzinfo is not self:
            raise ValueError("fromutc: dt.tzinfo is not self")
        seconds = (dt.replace(tzinfo=None) - _EPOCH) // _SECOND
        offset = _switchhook.offset_at(self.key, seconds)[0]
        local = dt + timedelta(seconds=offset)
        # Of two equal local times, the one with the other offset is the later one.
        fold = _switchhook.offset_of_local(self.key, seconds + offset, 0)[0] != offset
        return local.replace(fold=int(fold))

    def __repr__(self):
        return f"zoneinfo.ZoneInfo(key={self.key!r})"

    def __str__(self):
        return self.key

    def __reduce__(self):
        return (ZoneInfo, (self.key,))
