//! What is written while it is copied. `tests/cluster/local_copy.rs` has the rest.

use super::{
    super::super::Rows,
    file::CopyFile,
    parts::{self, Kind, Part},
    *,
};
use crate::{
    Location, Store,
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
    copy.begin_anew(&place(0)).unwrap();
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
        copy.forget([f()], Some(&place(1))).unwrap();
        let [(number, _)] = copy.next().unwrap()[..] else {
            panic!("one is missing");
        };
        let Database::Postgres(postgres) = &*store.database else {
            panic!("a server");
        };
        let ids = Rows::of(["f"]).unwrap();
        let read = postgres.in_one_state(|from| parts::read(from, Kind::Function, &ids));
        copy.forget([f()], Some(&place(2))).unwrap();
        copy.keep(&[(number, "f")], read.unwrap()).unwrap();
        assert_eq!(functions(&copy), 0);
        fill(&store, &copy);
        assert_eq!(functions(&copy), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_on_where_it_was_and_only_for_its_database() {
    let Some((store, copy, folder)) = start().await else {
        return;
    };
    tokio::task::block_in_place(|| {
        fill(&store, &copy);
        copy.forget([], Some(&place(7))).unwrap();
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
