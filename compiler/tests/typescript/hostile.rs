//! Whatever a source does to the transform ends with a named outcome, and the next source is not affected.

use switchhook_runtime::{Call, Class, Limits};

use crate::{TRANSFORM_LIMITS, compile, function, javascript, transform, transform_within};

/// Deeper than any stack.
const DEEP: usize = 100_000;

#[tokio::test]
async fn what_nests_without_end_is_refused() {
    let nested = |before: &str, middle: &str, after: &str| {
        format!("{}{middle}{}", before.repeat(DEEP), after.repeat(DEEP))
    };
    for (name, source) in [
        ("parentheses", format!("return {}", nested("(", "1", ")"))),
        ("open parentheses", format!("return {}", "(".repeat(DEEP))),
        ("types", format!("let x: {}", nested("(", "1", ")"))),
        (
            "arguments of types",
            format!("let x: {}", nested("A<", "1", ">")),
        ),
        (
            "members of types",
            format!("let x: {}", nested("{a:", "1", "}")),
        ),
        (
            "conditional types",
            format!("let x: {}", nested("A extends B ? ", "1", ": 2")),
        ),
        (
            "operators of types",
            format!("let x: {} A", "keyof ".repeat(DEEP)),
        ),
        ("indexed types", format!("type X = A{}", "[0]".repeat(DEEP))),
        (
            "template literals",
            format!("return {}", nested("`${", "1", "}`")),
        ),
        (
            "conditions",
            format!("return {} c", "a ? b : ".repeat(DEEP)),
        ),
        (
            "conditions within",
            format!("return {}", nested("a ? ", "b", " : c")),
        ),
        (
            "arrow or condition",
            format!("return {} 1", "a ? (b) : c => ".repeat(DEEP)),
        ),
        (
            "arrow functions",
            format!("return {} 1", "x => ".repeat(DEEP)),
        ),
        ("assertions", format!("return {} 1", "<A>".repeat(DEEP))),
        ("casts", format!("return 1 {}", "as any ".repeat(DEEP))),
        ("arrays", format!("return {}", nested("[", "", "]"))),
        ("objects", format!("return {}", nested("{a:", "1", "}"))),
        ("patterns", format!("let {} = 1", nested("[", "a", "]"))),
        ("signs", format!("return {} 1", "!".repeat(DEEP))),
        ("sums", format!("return 1 {}", "+ 1".repeat(DEEP))),
        ("members", format!("return a {}", ".b".repeat(DEEP))),
        ("calls", format!("return a {}", "()".repeat(DEEP))),
        ("blocks", nested("{", "", "}")),
        ("branches", format!("{} ;", "if (1) ".repeat(DEEP))),
        ("functions", nested("function f() {", "", "}")),
        ("classes", "class A extends ".repeat(DEEP)),
        ("namespaces", nested("namespace a {", "", "}")),
        (
            "names of namespaces",
            format!("namespace a{} {{}}", ".b".repeat(DEEP)),
        ),
        ("groups", format!("return /{}/", nested("(", "", ")"))),
        ("open template literals", "`${".repeat(DEEP)),
        (
            "open types of templates",
            format!("let x: {}", "`${".repeat(DEEP)),
        ),
        (
            "parameters of types",
            format!("return {}", "<A,>(x = ".repeat(DEEP)),
        ),
    ] {
        let failure = transform(&source).await.result.unwrap_err();
        let is_refused = matches!(failure.class, Class::StackOverflow | Class::Exception);
        assert!(is_refused, "{name}: {failure:?}");
    }
    assert!(
        javascript("return 1 as number")
            .await
            .starts_with("return 1;")
    );
}

/// A parser that tries several meanings must not repeat this at every level.
#[tokio::test]
async fn what_could_be_an_arrow_function_is_tried_a_bounded_number_of_times() {
    for source in [
        "(a = (a: T) ? (b): c => ".repeat(60),
        "a ? (b, c) => ".repeat(60),
        "a ? (b) : c => ".repeat(60),
        "f(a<b, ".repeat(600),
        "<T>(x: ".repeat(600),
        "async (a = async <T>(".repeat(60),
    ] {
        let outcome = transform(&source).await;
        assert!(
            outcome.metrics.fuel < 200_000_000,
            "{source:.40} {:?}",
            outcome.metrics
        );
    }
}

/// Sources of the largest size.
#[tokio::test]
async fn what_is_wide_ends_within_the_limits() {
    let wide = |before: &str, part: &str| {
        let parts = part.repeat((SOURCE_BYTES - before.len()) / part.len());
        format!("{before}{parts}")
    };
    for source in [
        wide("let x: 1", "|1"),
        wide("let x: 1", "&A"),
        wide("type A = 'a'", " | 'abcdefgh'"),
        wide("type A<", "B,"),
        wide("return `", "a"),
        wide("return ", "`"),
        wide("return `", "${1}"),
        wide("let x: `", "${A}"),
        wide("enum A {", "a,"),
        wide("", "@a "),
        wide("", "<A>"),
    ] {
        let mut ended = transform(&source).await.result.map(drop);
        if ended.is_ok() {
            ended = compile(&source).await.result.map(drop);
        }
        if let Err(failure) = ended {
            let is_named = matches!(
                failure.class,
                Class::CompileError
                    | Class::Exception
                    | Class::StackOverflow
                    | Class::FuelExhausted
                    | Class::MemoryLimit
            );
            assert!(is_named, "{source:.20}: {failure:?}");
            assert_ne!(failure.error.message, "", "{source:.20}");
        }
    }
    assert!(
        javascript("return 1 as number")
            .await
            .starts_with("return 1;")
    );
}

/// Nesting as in generated programs, which a limit must allow.
#[tokio::test]
async fn what_nests_like_programs_do_is_taken() {
    for source in [
        format!("return {}1{}", "(".repeat(1_000), ")".repeat(1_000)),
        format!("return 1{}", " + 1".repeat(2_000)),
        format!("{} return 1", "if (call.a) return 1; else ".repeat(2_000)),
        format!("let x: 1{}; return 1", " | 1".repeat(50_000)),
    ] {
        compile(&source).await.result.unwrap();
    }
}

#[tokio::test]
async fn a_transform_is_held_to_its_limits() {
    let source = "const x: number = 1;\n".repeat(2_000);
    let limits = Limits {
        fuel: 1_000_000,
        ..TRANSFORM_LIMITS
    };
    let outcome = transform_within(&source, &limits).await;
    assert_eq!(outcome.class(), Class::FuelExhausted);
    assert_eq!(outcome.metrics.fuel, limits.fuel);
    let limits = Limits {
        memory_bytes: 5 << 20,
        ..TRANSFORM_LIMITS
    };
    let source = format!("return [{}]", "1 as number,".repeat(40_000));
    let outcome = transform_within(&source, &limits).await;
    assert_eq!(outcome.class(), Class::MemoryLimit);
}

/// The server's limit for a function's source.
const SOURCE_BYTES: usize = 1 << 20;

/// The largest and densest source, within the default limits of compiling.
#[tokio::test]
async fn a_source_may_be_as_large_as_the_limit() {
    let entry = |n: usize| format!("'+1415{n:07}': {{ id: 'user{n}' as string, timeout: 20! }},\n");
    let before = "const routes: Record<string, { id: string; timeout: number }> = {\n";
    let after = "};\nexport default (call: Call) => routes[call['To-User']!].id.none.none";
    let mut source = before.to_owned();
    for n in 0.. {
        let entry = entry(n);
        if source.len() + entry.len() + after.len() > SOURCE_BYTES {
            break;
        }
        source.push_str(&entry);
    }
    source.push_str(after);
    let outcome = transform(&source).await;
    let used = outcome.metrics;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert!(used.fuel < Limits::COMPILE.fuel / 4, "{used:?}");
    assert!(used.memory_bytes < Limits::COMPILE.memory_bytes, "{used:?}");

    // Its map has the same size, and is read within the limits of a call.
    let function = function(&source).await;
    let outcome = crate::call(&function, Call::now(r#"{"To-User": "+14150000001"}"#)).await;
    let failure = outcome.result.unwrap_err();
    assert_eq!(failure.class, Class::Exception, "{failure:?}");
    let last = source.lines().count() as u32;
    assert_eq!(
        (failure.error.line, failure.error.column),
        (Some(last), Some(65))
    );
}
