//! Nothing of a call reaches the next one, and a call reaches nothing outside.

use serde_json::{Value, json};
use switchhook_runtime::{Call, Moment};

use crate::{CALL_LIMITS, MOMENT, call, function, lua, result, result_in};

#[tokio::test]
async fn nothing_stays() {
    for source in [
        "count = (count or 0) + 1 return count",
        "string.count = (string.count or 0) + 1 return string.count",
        "local mt = getmetatable('') mt.count = (mt.count or 0) + 1 return mt.count",
        "local mt = getmetatable(json.null) mt.count = (mt.count or 0) + 1 return mt.count",
        "local mt = getmetatable(json.array()) mt.count = (mt.count or 0) + 1 return mt.count",
    ] {
        let function = function(source).await;
        for _ in 0..2 {
            let outcome = call(&function, "{}", &[], &CALL_LIMITS).await;
            assert_eq!(outcome.result.unwrap().get(), "1", "{source}");
        }
    }
}

#[tokio::test]
async fn there_is_no_way_out() {
    let gone = "local gone = {} for _, name in ipairs({'io', 'package', 'require', 'dofile', 'loadfile', 'module',
        'getfenv', 'setfenv'}) do if _G[name] ~= nil then gone[#gone + 1] = name end end return gone";
    assert_eq!(result(gone).await, json!({}));
    let names = "local function names(t) local all = json.array() for name in pairs(t) do all[#all + 1] = name end
        table.sort(all) return all end return {os = names(os), debug = names(debug)}";
    assert_eq!(
        result(names).await,
        json!({"os": ["clock", "date", "difftime", "time"], "debug": ["traceback"]})
    );
}

#[tokio::test]
async fn random_numbers_are_the_calls_own() {
    let source = "math.randomseed(1) function handler() return {math.random(), math.random(1000), math.random(0)} end";
    let function = function(source).await;
    let with_seed = async |seed| -> Value {
        let call = Call {
            moment: Moment {
                seed: [seed; 32],
                ..MOMENT
            },
            ..Call::now("{}")
        };
        let outcome = lua()
            .await
            .call(&function, call, &CALL_LIMITS)
            .await
            .unwrap();
        serde_json::from_str(outcome.result.unwrap().get()).unwrap()
    };
    let [one, same, other] = [with_seed(1).await, with_seed(1).await, with_seed(2).await];
    assert_eq!(one, same);
    for at in 0..3 {
        assert_ne!(one[at], other[at]);
    }
}

#[tokio::test]
async fn a_seed_of_the_functions_own_is_kept_to() {
    let source = "math.randomseed(42) local a = math.random(1000000) math.randomseed(42) return {a, math.random(1000000)}";
    let answer = result(source).await;
    assert_eq!(answer[0], answer[1]);
    let source = "local a = math.random() math.randomseed() return {a, math.random()}";
    let answer = result(source).await;
    assert_ne!(answer[0], answer[1]);
}

#[tokio::test]
async fn the_environment_is_the_functions() {
    let environment = [("GREETING", "hé=llo"), ("EMPTY", ""), ("TZ", "Asia/Tokyo")];
    let source = "local all = {} for name, value in pairs(env) do all[name] = value end
        return {all = all, one = env.GREETING, none = env.TZ == nil, empty = env.EMPTY, got = rawget(env, 'GREETING')}";
    let one = json!("hé=llo");
    assert_eq!(
        result_in(source, &environment).await,
        json!({"all": {"GREETING": one, "EMPTY": ""}, "one": one, "none": true, "empty": "", "got": one})
    );
    assert_eq!(result("return env.GREETING == nil").await, json!(true));
}
