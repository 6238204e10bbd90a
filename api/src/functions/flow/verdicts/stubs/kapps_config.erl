%% A KAZOO that nobody has configured.
-module(kapps_config).
-export([get/3, get_ne_binaries/3, is_true/3]).

get(_, _, Default) -> Default.
get_ne_binaries(_, _, Default) -> Default.
is_true(_, _, Default) -> Default.
