%% What KAZOO's code says is not needed.
-module(lager).
-compile([export_all, nowarn_export_all]).

debug(_) -> ok.
debug(_, _) -> ok.
debug_unsafe(_, _) -> ok.
info(_) -> ok.
info(_, _) -> ok.
warning(_, _) -> ok.
error(_, _) -> ok.
error_unsafe(_, _) -> ok.
