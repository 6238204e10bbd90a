use serde_json::{Value, json};

use super::{Couchjs, name};

/// Sources that CouchDB's engines accept, and the key that each emits for `{n: 2}`.
const SOURCES: [(&str, Option<i32>); 27] = [
    ("function(doc) { emit(doc.n, 1) }", Some(2)),
    ("function(doc) { emit(doc.n, 1) }\n\nvar x = 1;", Some(2)),
    ("function(doc) { emit(doc.n, 1) } var x = 1;", Some(2)),
    (
        "function h(x) { return x * 2 }\n(function(doc) { emit(h(doc.n), 1) })",
        Some(4),
    ),
    (
        "function h(x) { return x * 2 }\nfunction(doc) { emit(h(doc.n), 1) }",
        Some(4),
    ),
    (
        "function(doc) { emit(h(doc.n), 1) }\nfunction h(x) { return x * 2 }",
        Some(4),
    ),
    (
        "const two = 2; let h = (x) => x * two;\r\nfunction (doc) {\r\n emit(h(doc.n), 1)\r\n};\r\n",
        Some(4),
    ),
    (
        "var k = 'ä💥'.length, x = 1 // no semicolon\nfunction(doc) { emit(k * doc.n, 1) }",
        Some(6),
    ),
    (
        "var k = 'ä💥\u{2028}'; function\n/* ( */ (doc) { emit(k.length, 1, '}{', /[}]/) } /* } */ // }",
        Some(4),
    ),
    ("(function(doc) { emit(doc.n, 1) })", Some(2)),
    ("(function(doc) { emit(doc.n, 1) });;\n", Some(2)),
    ("function(doc) { emit(doc.n, 1) }; // done", Some(2)),
    (
        "// {\nfunction(doc) { emit(doc.n, 1) /* } */ }; /* done */ ;",
        Some(2),
    ),
    ("/* a */ function(doc) { emit(doc.n, 1) } // b", Some(2)),
    ("\u{feff}function(doc) { emit(doc.n, 1) }", Some(2)),
    ("\u{feff}doc => emit(doc.n, 1)", Some(2)),
    (
        "\r\n\r\nfunction(doc)\r\n{\r\nemit(doc.n, 1)\r\n}\r\n",
        Some(2),
    ),
    ("doc => emit(doc.n, 1)", Some(2)),
    ("(doc) => { emit(doc.n, 1) };", Some(2)),
    ("var map = doc => emit(doc.n, 1); map", Some(2)),
    ("function map(doc) { emit(doc.n, 1) }", Some(2)),
    ("function map(doc) { emit(doc.n, 1) }\nmap;", Some(2)),
    (
        "(function () { var h = 3; return function(doc) { emit(h * doc.n, 1) } })()",
        Some(6),
    ),
    (
        "'use strict'\nfunction(doc) { emit((function() { return this })() === undefined ? 7 : 8, 1) }\nvar x",
        Some(7),
    ),
    // The value of a script is the value of its last expression.
    (
        "function(doc) { emit(1, 1) };\nfunction(doc) { emit(doc.n, 1) }",
        Some(2),
    ),
    ("function(doc) { }", None),
    (
        "function(doc) { return doc.n }\nfunction none(doc) {}",
        None,
    ),
];

#[test]
fn a_source_is_what_its_statements_come_to() {
    let mut couchjs = Couchjs::start();
    // All sources together, because no source may see what another declares.
    let mut expected = Vec::new();
    for (source, key) in SOURCES {
        assert_eq!(
            couchjs.ask(json!(["add_fun", source])),
            json!(true),
            "{source}"
        );
        expected.push(key.map_or(json!([]), |key| json!([[key, 1]])));
    }
    let answer = couchjs.ask(json!(["map_doc", {"n": 2}]));
    for (((source, _), rows), expected) in
        SOURCES.iter().zip(answer.as_array().unwrap()).zip(expected)
    {
        assert_eq!(*rows, expected, "{source}");
    }
    assert!(couchjs.logs.is_empty(), "{:?}", couchjs.logs);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn what_statements_declare_is_their_functions_own() {
    let mut couchjs = Couchjs::start();
    let mapping = |factor: u32| {
        format!(
            "const factor = {factor}; function h(x) {{ return x * factor }} var n = 0;\n\
             function(doc) {{ n += 1; emit(h(doc.n), [n, typeof left, sum([1, 2]), isArray(doc.list)]); left = 1 }}"
        )
    };
    couchjs.says([
        (json!(["add_fun", mapping(2)]), json!(true)),
        (json!(["add_fun", mapping(3)]), json!(true)),
        (
            json!(["add_fun", "doc => emit(typeof h, typeof factor)"]),
            json!(true),
        ),
        (
            json!(["map_doc", {"n": 2, "list": []}]),
            json!([
                [[4, [1, "undefined", 3, true]]],
                [[6, [1, "undefined", 3, true]]],
                [["undefined", "undefined"]]
            ]),
        ),
        (
            json!(["map_doc", {"n": 1}]),
            json!([
                [[2, [2, "number", 3, false]]],
                [[3, [2, "number", 3, false]]],
                [["undefined", "undefined"]]
            ]),
        ),
    ]);
}

/// Each realm has error classes of its own.
#[test]
fn a_function_among_statements_fails_like_others() {
    let mut couchjs = Couchjs::start();
    let failing = |what: &str| format!("var x;\nfunction(doc) {{\n  {what}\n}}\nvar y;");
    couchjs.says([
        (json!(["add_fun", failing("nowhere()")]), json!(true)),
        (
            json!([
                "add_fun",
                failing("try { nowhere() } catch (e) { emit(1, e) }")
            ]),
            json!(true),
        ),
        (json!(["add_fun", failing("doc.list.push(1)")]), json!(true)),
        (
            json!(["map_doc", {"list": []}]),
            json!([
                [],
                [[1, {"error": "ReferenceError", "message": "nowhere is not defined"}]],
                []
            ]),
        ),
    ]);
    assert!(
        couchjs.logs[0].contains("nowhere is not defined (<anonymous> (map:3:3))"),
        "{:?}",
        couchjs.logs
    );
    assert!(couchjs.logs[1].contains("TypeError"), "{:?}", couchjs.logs);
    for (source, place) in [
        (failing("emit(1,, 2)"), "(map:3:10)"),
        (
            "var x; function(doc) { emit(1, 1) } function(doc) { emit(1,, 2) }".into(),
            "(map:1:60)",
        ),
        ("function(doc) { emit(1,, 2) }".into(), "(map:1:24)"),
        (
            "function(doc) { emit(1, 1) }\nvar x = ;".into(),
            "(map:2:9)",
        ),
    ] {
        let answer = couchjs.ask(json!(["add_fun", source]));
        assert_eq!(name(&answer), ("error", "compilation_error"));
        assert!(answer[2].as_str().unwrap().contains(place), "{answer}");
    }
}

#[test]
fn what_is_no_function_is_refused_by_its_reading() {
    let mut couchjs = Couchjs::start();
    for source in [
        "var x = 1;",
        "function a(doc) {} function b(doc) {}",
        "{ function(doc) {} }",
        "function(doc) {} 1 + 1",
        "function(doc) {} var x = ;",
        "var function(doc) {}",
        "function",
        "return function(doc) {}",
        "function(doc) { emit(1, 1) }; throw 'x'",
    ] {
        let answer = couchjs.ask(json!(["add_fun", source]));
        assert_eq!(name(&answer), ("error", "compilation_error"), "{source}");
    }
}

#[test]
fn every_kind_of_function_may_be_among_statements() {
    let among = |function: &str| {
        format!("function help(x) {{ return x + '!' }}\n\nfunction{function}\nvar after = 1;")
    };
    let mut couchjs = Couchjs::start();
    let document = json!({
        "shows": {"s": among("(doc, req) { return help('show') }")},
        "lists": {"l": among("(head, req) { send(help(getRow().key)) }")},
        "updates": {"u": among("(doc, req) { return [null, help('update')] }")},
        "filters": {"f": among("(doc, req) { return help('') == doc.mark }")},
        "views": {
            "v": {"map": among("(doc) { if (help('') == doc.mark) emit(1, 1) }")},
            "lib": {"x": "exports.x = 1"},
        },
        "validate_doc_update": among("(doc) { throw {forbidden: help(require('views/lib/x').x)} }"),
        "rewrites": among("(req) { return help('rewrite') }"),
    });
    couchjs.teach("d", &document);
    let ask = |path: Value, arguments: Value| json!(["ddoc", "d", path, arguments]);
    couchjs.says([
        (
            ask(json!(["shows", "s"]), json!([{}, {}])),
            json!(["resp", {"body": "show!"}]),
        ),
        (
            ask(json!(["updates", "u"]), json!([{}, {"method": "PUT"}])),
            json!(["up", null, {"body": "update!"}]),
        ),
        (
            ask(json!(["filters", "f"]), json!([[{"mark": "!"}, {}], {}])),
            json!([true, [true, false]]),
        ),
        (
            ask(json!(["views", "v", "map"]), json!([[{"mark": "!"}, {}]])),
            json!([true, [true, false]]),
        ),
        (
            ask(json!(["validate_doc_update"]), json!([{}, null, {}, {}])),
            json!({"forbidden": "1!"}),
        ),
        (
            ask(json!(["rewrites"]), json!([{"method": "GET"}])),
            json!(["ok", {"path": "rewrite!", "method": "GET"}]),
        ),
        (
            ask(json!(["lists", "l"]), json!([{}, {}])),
            json!(["start", [], {"headers": {}}]),
        ),
        (
            json!(["list_row", {"key": "list"}]),
            json!(["end", ["list!"]]),
        ),
        (
            json!([
                "reduce",
                [among("(keys, values) { return help(sum(values)) }")],
                [[["a", "1"], 1], [["b", "2"], 2]]
            ]),
            json!([true, ["3!"]]),
        ),
    ]);
}

/// A realm of its own gives access to nothing more.
#[test]
fn a_function_among_statements_reaches_no_further() {
    let mut couchjs = Couchjs::start();
    let source = "var found = [typeof WeakRef, typeof FinalizationRegistry];\n\
        Error.prepareStackTrace = function (e, sites) { \
            return sites.filter(function (site) { return site.getFunction; }).length; };\n\
        found.push(new Error().stack);\n\
        function(doc) { emit(found, 1) }";
    couchjs.says([
        (json!(["add_fun", source]), json!(true)),
        (
            json!(["map_doc", {}]),
            json!([[[["undefined", "undefined", 0], 1]]]),
        ),
    ]);
}
