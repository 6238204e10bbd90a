%% KAZOO's verdict on each flow of a file, a line each: 1 where it would run the flow (kzd_callflows:validate_flow/1), else 0.
-module(judge).
-export([main/0]).

main() ->
    [Schemas, Flows, Answers] = init:get_plain_arguments(),
    Cache = ets:new(schemas, []),
    Loader = fun(Name) -> schema(Schemas, Cache, iolist_to_binary([Name])) end,
    {ok, Text} = file:read_file(Flows),
    Lines = binary:split(Text, <<"\n">>, [global, trim]),
    ok = file:write_file(Answers, [[verdict(jiffy:decode(Line), Loader), $\n] || Line <- Lines]),
    halt(0).

verdict(Flow, Loader) ->
    try kz_json_schema:validate(<<"callflows.action">>, Flow, [{schema_loader_fun, Loader}]) of
        {ok, _} -> $1;
        {error, _} -> $0
    catch
        %% What its validator fails on, KAZOO does not run either.
        _:_ -> $0
    end.

%% As kz_json_schema:load/1, from a folder.
schema(Schemas, Cache, <<"file://", Name/binary>>) -> schema(Schemas, Cache, Name);
schema(Schemas, Cache, <<"./", Name/binary>>) -> schema(Schemas, Cache, Name);
schema(Schemas, Cache, Name) ->
    case ets:lookup(Cache, Name) of
        [{_, Found}] -> Found;
        [] ->
            Found = case file:read_file(filename:join(Schemas, <<Name/binary, ".json">>)) of
                {ok, Text} -> {ok, kz_json:insert_value(<<"id">>, Name, jiffy:decode(Text))};
                {error, _} -> {error, not_found}
            end,
            ets:insert(Cache, {Name, Found}),
            Found
    end.
