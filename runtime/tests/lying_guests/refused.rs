//! Modules that never become guests.

use switchhook_runtime::{Guest, GuestError, preinitialize};

use crate::support::{COMPILE, ECHO, engine, wat};

#[tokio::test]
async fn a_guest_larger_than_a_sandbox_is_refused() {
    let load = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("the test's WAT is right");
        Guest::load(&engine(1), &wasm)
            .await
            .err()
            .expect("the guest is refused")
    };
    let honest = wat(COMPILE, ECHO, "");
    for (what, wat) in [
        ("table", wat(COMPILE, ECHO, "(table 100001 funcref)")),
        (
            "tables",
            wat(COMPILE, ECHO, "(table 1 funcref) (table 1 funcref)"),
        ),
        (
            "memory",
            honest.replacen("\"memory\") 1", "\"memory\") 2049", 1),
        ),
        (
            "memory beyond the pool",
            honest.replacen("\"memory\") 1", "\"memory\") 65536", 1),
        ),
        ("memories", wat(COMPILE, ECHO, "(memory 1)")),
        (
            "shared memory",
            honest.replacen("\"memory\") 1", "\"memory\") 1 1 shared", 1),
        ),
    ] {
        let error = load(&wat).await;
        assert!(
            matches!(error, GuestError::Start(_) | GuestError::Unsuitable(_)),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn a_guest_that_never_gets_started_is_refused() {
    let engine = engine(1);
    let endless = "(loop $again (br $again))";
    let load = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("the test's WAT is right");
        let loaded = Guest::load(&engine, &wasm).await;
        (loaded.err(), preinitialize(&engine, &wasm).await.err())
    };
    for start in [endless, "unreachable", "(call $start)", ""] {
        let more = format!("(func $start {start}) (start $start)");
        let (loaded, booted) = load(&wat(COMPILE, ECHO, &more)).await;
        // Even a start function that does nothing is refused: it would run at every call, and booting leaves none
        // behind.
        assert!(
            matches!(loaded, Some(GuestError::Start(_))),
            "{start}: {loaded:?}"
        );
        assert_eq!(booted.is_none(), start.is_empty(), "{start}: {booted:?}");
    }
    let boots = |instructions: &str| {
        wat(COMPILE, ECHO, "").replacen(
            "(func (export \"initialize-runtime\"))",
            &format!("(func (export \"initialize-runtime\") {instructions})"),
            1,
        )
    };
    let (loaded, booted) = load(&boots(endless)).await;
    assert!(loaded.is_none(), "loading boots nothing: {loaded:?}");
    assert!(matches!(booted, Some(GuestError::Start(_))), "{booted:?}");

    let wasm = wat::parse_str(wat(COMPILE, ECHO, "")).unwrap();
    Guest::load(&engine, &wasm)
        .await
        .expect("an honest guest loads afterwards");
}
