"""`zoneinfo` on the time zone database that travels inside the guest."""

from datetime import datetime, timedelta, tzinfo

import _switchhook

__all__ = ["ZoneInfo", "ZoneInfoNotFoundError", "available_timezones"]

_EPOCH_DAY = datetime(1970, 1, 1).toordinal()


class ZoneInfoNotFoundError(KeyError):
    pass


def available_timezones():
    return set(_switchhook.zone_names())


def _refuse_path(key):
    # The errors of CPython, where a key is the path of a file.
    if key.startswith("/"):
        raise ValueError(f"ZoneInfo keys may not be absolute paths, got: {key}")
    parts = key.split("/")
    if parts[0] == "..":
        raise ValueError(f"ZoneInfo keys must refer to subdirectories of TZPATH, got: {key}")
    if not {"", ".", ".."}.isdisjoint(parts):
        raise ValueError(f"ZoneInfo keys must be normalized relative paths, got: {key}")


class ZoneInfo(tzinfo):
    _zones = {}

    def __init_subclass__(cls):
        cls._zones = {}

    def __new__(cls, key):
        zone = cls._zones.get(key)
        if zone is None:
            zone = cls.no_cache(key)
            zone._from_cache = True
            cls._zones[key] = zone
        return zone

    @classmethod
    def no_cache(cls, key):
        if not _switchhook.has_zone(key):
            _refuse_path(key)
            raise ZoneInfoNotFoundError(f"No time zone found with key {key}")
        zone = tzinfo.__new__(cls)
        zone._key = key
        zone._from_cache = False
        return zone

    @classmethod
    def clear_cache(cls, *, only_keys=None):
        if only_keys is None:
            cls._zones.clear()
        else:
            for key in only_keys:
                cls._zones.pop(key, None)

    @property
    def key(self):
        return self._key

    def _seconds(self, dt):
        # Not by subtraction, which a subclass may define in its own way.
        return (dt.toordinal() - _EPOCH_DAY) * 86400 + dt.hour * 3600 + dt.minute * 60 + dt.second

    def _offset(self, dt):
        if dt is None:
            return _switchhook.fixed_offset(self._key)
        return _switchhook.offset_of_local(self._key, self._seconds(dt), dt.fold)

    def utcoffset(self, dt):
        offset = self._offset(dt)
        return offset and timedelta(seconds=offset[0])

    def dst(self, dt):
        if dt is None:
            return self._offset(dt) and timedelta(0)
        return timedelta(seconds=_switchhook.summer_time_of_local(self._key, self._seconds(dt), dt.fold))

    def tzname(self, dt):
        offset = self._offset(dt)
        return offset and offset[2]

    def fromutc(self, dt):
        if not isinstance(dt, datetime):
            raise TypeError("fromutc: argument must be a datetime instance")
        if dt.tzinfo is not self:
            raise ValueError("fromutc: dt.tzinfo is not self")
        seconds = self._seconds(dt)
        offset = _switchhook.offset_at(self._key, seconds)[0]
        local = dt + timedelta(seconds=offset)
        # Of two equal local times, the one with the other offset is the later one.
        if _switchhook.offset_of_local(self._key, seconds + offset, 0)[0] != offset:
            local = local.replace(fold=1)
        return local

    def __repr__(self):
        name = "zoneinfo.ZoneInfo" if type(self) is ZoneInfo else type(self).__name__
        return f"{name}(key={self._key!r})"

    def __str__(self):
        return self._key

    def __reduce__(self):
        return (type(self)._restore, (self._key, self._from_cache))

    @classmethod
    def _restore(cls, key, from_cache):
        return cls(key) if from_cache else cls.no_cache(key)
