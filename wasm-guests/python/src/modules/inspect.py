"""As much of `inspect` as the library here asks for, and what of it needs no source files."""

import types

_MISSING = object()
_mro_of = type.__dict__["__mro__"].__get__
_dict_of_class = type.__dict__["__dict__"].__get__


def unwrap(func, *, stop=None):
    seen = {id(func)}
    while hasattr(func, "__wrapped__") and not (stop and stop(func)):
        func = func.__wrapped__
        if id(func) in seen:
            raise ValueError("wrapper loop when unwrapping")
        seen.add(id(func))
    return func


def signature(*_, **__):
    raise ValueError("signatures are not available here")


def cleandoc(doc):
    import textwrap

    first, _, rest = doc.expandtabs().partition("\n")
    return (first.lstrip() + "\n" + textwrap.dedent(rest)).strip("\n")


def isclass(object):
    return isinstance(object, type)


def isfunction(object):
    return isinstance(object, types.FunctionType)


def ismethod(object):
    return isinstance(object, types.MethodType)


def ismodule(object):
    return isinstance(object, types.ModuleType)


def isbuiltin(object):
    return isinstance(object, types.BuiltinFunctionType)


def isgenerator(object):
    return isinstance(object, types.GeneratorType)


def iscoroutinefunction(object):
    return isfunction(object) and bool(object.__code__.co_flags & 0x80)


def getattr_static(obj, attr, default=_MISSING):
    """An attribute without the calls of descriptors and `__getattr__`, as in CPython."""
    in_instance = _MISSING
    is_class = type in _mro_of(type(obj))
    own = _MISSING if is_class else _own_dict_attribute(type(obj))
    if not is_class and (own is _MISSING or isinstance(own, types.MemberDescriptorType)):
        try:
            in_instance = dict.get(object.__getattribute__(obj, "__dict__"), attr, _MISSING)
        except AttributeError:
            pass
    in_class = _in_classes(obj if is_class else type(obj), attr)
    if in_class is not _MISSING:
        kind = type(in_class)
        is_data = _in_classes(kind, "__get__") is not _MISSING and (
            _in_classes(kind, "__set__") is not _MISSING or _in_classes(kind, "__delete__") is not _MISSING
        )
        if is_data or in_instance is _MISSING:
            return in_class
    if in_instance is not _MISSING:
        return in_instance
    in_metaclass = _in_classes(type(obj), attr) if is_class else _MISSING
    if in_metaclass is not _MISSING:
        return in_metaclass
    if default is not _MISSING:
        return default
    raise AttributeError(attr)


def _in_classes(kind, attr):
    for entry in _mro_of(kind):
        if _own_dict_attribute(type(entry)) is _MISSING and attr in _dict_of_class(entry):
            return _dict_of_class(entry)[attr]
    return _MISSING


def _own_dict_attribute(kind):
    """What a class has as `__dict__` in place of the interpreter's descriptor."""
    for entry in _mro_of(kind):
        attribute = _dict_of_class(entry).get("__dict__", _MISSING)
        if attribute is not _MISSING and not isinstance(attribute, types.GetSetDescriptorType):
            return attribute
    return _MISSING
