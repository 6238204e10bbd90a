//! What is written while it is copied. `tests/cluster/local_copy.rs` has the rest.

use super::{
    super::super::Rows,
    file::CopyFile,
    parts::{self, Kind, Part},
    *,
};
use switchhook_runtime::Digest;

use crate::{
    Actor, Location, Store, Token,
    database::Database,
    tests::{draft, with_account},
};

fn place(number: i64) -> Place {
    let epoch = Epoch {
        cluster: "1".into(),
        timeline: 1,
    };
    Place { epoch, number }
}

/// A store on PostgreSQL with the function `f`, and an empty copy. Nothing on SQLite.
async fn start() -> Option<(Store, CopyFile, tempfile::TempDir)> {
    let (store, folder) = with_account().await;
    if let Location::File(_) = store.location {
        return None;
    }
    store.create_function(draft("f")).await.unwrap();
    let copy = CopyFile::open(&folder.path().join("copy.db"), "name").unwrap();
    copy.begin_anew(&place(0), Moment::now()).unwrap();
    Some((store, copy, folder))
}

fn fill(store: &Store, copy: &CopyFile) {
    let Database::Postgres(postgres) = &*store.database else {
        panic!("a server");
    };
    while copy.lacks_something().unwrap() {
        postgres.in_one_state(|from| copy.fill(from)).unwrap();
    }
}

fn functions(copy: &CopyFile) -> i64 {
    let count = |copy: &crate::Session<'_>| {
        copy.only("SELECT count(*) FROM current_functions", &[])
            .map_err(StoreError::from)
    };
    copy.database().in_one_state(count).unwrap()
}

fn f() -> Part {
    Part {
        kind: Kind::Function,
        id: "f".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_between_reading_and_keeping_is_copied_again() {
    let Some((store, copy, _folder)) = start().await else {
        return;
    };
    tokio::task::block_in_place(|| {
        fill(&store, &copy);
        assert_eq!(functions(&copy), 1);
        copy.forget([f()], &place(1), Moment::now()).unwrap();
        let [(number, _)] = copy.next().unwrap()[..] else {
            panic!("one is missing");
        };
        let Database::Postgres(postgres) = &*store.database else {
            panic!("a server");
        };
        let ids = Rows::of(["f"]).unwrap();
        let read = postgres.in_one_state(|from| parts::read(from, Kind::Function, &ids));
        copy.forget([f()], &place(2), Moment::now()).unwrap();
        copy.keep(&[(number, "f")], read.unwrap()).unwrap();
        assert_eq!(functions(&copy), 0);
        fill(&store, &copy);
        assert_eq!(functions(&copy), 1);
    });
}

/// In the moment between a write and its notice.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_itself_writes_is_forgotten_at_once() {
    let Some((store, copy, _folder)) = start().await else {
        return;
    };
    let actor = Actor {
        account_id: "a".into(),
        user_id: Some("u".into()),
    };
    let token = Token {
        actor,
        expires: None,
    };
    let hash = Digest::of(b"token");
    store.add_token(hash, token).await.unwrap();
    tokio::task::block_in_place(|| {
        fill(&store, &copy);
        let count = |table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            let database = copy.database();
            let counted = database.in_one_state(|copy| copy.only(&sql, &[]));
            counted.map_err(StoreError::from).unwrap()
        };
        let tables = ["current_functions", "accounts", "tokens"];
        assert_eq!(tables.map(count), [1, 1, 1]);
        copy.forget_own(&Subject::Function("f".into())).unwrap();
        assert_eq!(tables.map(count), [0, 1, 1]);
        let user = Subject::TokensOf {
            account_id: "a".into(),
            user_id: "u".into(),
        };
        copy.forget_own(&user).unwrap();
        assert_eq!(tables.map(count), [0, 1, 0]);
        copy.forget_own(&Subject::Account("a".into())).unwrap();
        assert_eq!(tables.map(count), [0, 0, 0]);
        fill(&store, &copy);
        copy.forget_own(&Subject::Token(hash)).unwrap();
        assert_eq!(tables.map(count), [1, 1, 0]);
    });
}

/// Somebody may have named the wrong file.
#[test]
fn a_file_that_is_no_copy_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "notes").unwrap();
    let database = folder.path().join("switchhook.db");
    drop(Store::open(&Location::File(database.clone())).unwrap());
    for path in [&text, &database] {
        let before = std::fs::read(path).unwrap();
        let refused = CopyFile::open(path, "name").err().unwrap();
        assert!(matches!(refused, LocalCopyError::Other(_)));
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_on_where_it_was_and_only_for_its_database() {
    let Some((store, copy, folder)) = start().await else {
        return;
    };
    tokio::task::block_in_place(|| {
        fill(&store, &copy);
        copy.forget([], &place(7), Moment::now()).unwrap();
        let path = folder.path().join("copy.db");
        let taken = CopyFile::open(&path, "name").err().unwrap();
        assert!(matches!(taken, LocalCopyError::Taken(_)));
        drop(copy);
        let copy = CopyFile::open(&path, "name").unwrap();
        let (found, age) = copy.place().unwrap().unwrap();
        assert_eq!(found, place(7));
        assert!(age < MAX_AGE);
        assert_eq!(functions(&copy), 1);
        drop(copy);
        let copy = CopyFile::open(&path, "another").unwrap();
        assert!(copy.place().unwrap().is_none());
        assert_eq!(functions(&copy), 0);
    });
}
