%% Of what Erlang had until 24, as much as jesse looks at: whether an address is absolute.
-module(http_uri).
-export([parse/1, decode/1]).

parse(Text) ->
    case uri_string:parse(Text) of
        #{scheme := Scheme} -> {ok, Scheme};
        _ -> {error, no_scheme}
    end.

decode(Text) -> uri_string:percent_decode(Text).
