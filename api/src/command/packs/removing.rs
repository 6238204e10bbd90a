//! `switchhook packs remove`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use switchhook_compiler::{Language, Languages, Refused};
use switchhook_store::document::DEFAULT_LANGUAGE_PACK;

use super::ServerDatabase;
use crate::command::{source::installed, terminal::say};

/// Removes a pack, unless functions use it.
pub(super) async fn remove(
    languages: &Languages,
    refused: &[Refused],
    name: &str,
    database: &ServerDatabase,
    is_forced: bool,
) -> anyhow::Result<()> {
    // No function can use a pack that cannot be loaded.
    if let Some(broken) = refused.iter().find(|refused| refused.name() == name) {
        take_away(&broken.place)?;
        say(format_args!("{name} is removed"))?;
        return Ok(());
    }
    let (language, place) = added(languages, name)?;
    let pack = language.pack().to_string();
    let mut others = languages.iter();
    let runs_on_it = |other: &Arc<Language>| {
        other
            .runs_on()
            .is_some_and(|guest| Arc::ptr_eq(guest, language))
    };
    if let Some(other) = others.find(|other| runs_on_it(other)) {
        bail!(
            "{pack} cannot be removed: {} runs on its guest",
            other.pack()
        );
    }
    let used = used_by(languages, language, database).await?;
    if let Some(functions) = used.filter(|functions| *functions > 0 && !is_forced) {
        let functions = match functions {
            1 => "1 function is".to_owned(),
            several => format!("{several} functions are"),
        };
        bail!(
            "{functions} written in {pack}: with --force it is removed all the same, and calls fail that no other version is for"
        );
    }
    take_away(&place)?;
    let unasked = match used {
        Some(_) => String::new(),
        None => format!(
            "; no functions were looked at, since there is no database {}",
            database.location()?
        ),
    };
    say(format_args!(
        "{pack} is removed{unasked}; servers that run go on with it until they read their packs again (SIGHUP)"
    ))?;
    Ok(())
}

/// The pack with this name, and its path.
fn added<'a>(languages: &'a Languages, name: &str) -> anyhow::Result<(&'a Arc<Language>, PathBuf)> {
    let language = match name.split_once('@') {
        Some((id, version)) => version
            .parse()
            .ok()
            .and_then(|version| languages.exact(id, &version)),
        None => {
            let of_name = |language: &&Arc<Language>| {
                language.pack().id() == name && languages.place(language).is_some()
            };
            let versions: Vec<_> = languages.iter().filter(of_name).collect();
            if versions.len() > 1 {
                let versions = versions.iter().map(|language| language.pack().to_string());
                let versions: Vec<_> = versions.collect();
                bail!("`{name}` is not one pack but {}", versions.join(" and "));
            }
            versions.first().copied().or_else(|| languages.get(name))
        }
    };
    let language = match language {
        Some(language) => language,
        None => installed(languages, name)?,
    };
    let place = languages.place(language).with_context(|| {
        format!(
            "{} travels inside the program and cannot be removed",
            language.pack()
        )
    })?;
    Ok((language, place.to_owned()))
}

/// The number of functions that use the pack. `None` without a database.
async fn used_by(
    languages: &Languages,
    language: &Arc<Language>,
    database: &ServerDatabase,
) -> anyhow::Result<Option<i64>> {
    let Some(store) = database.open()? else {
        return Ok(None);
    };
    let in_use = store.languages_in_use().await?;
    let of_it = in_use.iter().filter(|in_use| {
        let wanted = in_use.language_pack.as_deref();
        let wanted = wanted.unwrap_or(DEFAULT_LANGUAGE_PACK);
        languages
            .of_function(wanted, in_use.engine.as_deref())
            .is_some_and(|used| Arc::ptr_eq(used, language))
    });
    Ok(Some(of_it.map(|in_use| in_use.functions).sum()))
}

/// Removes a pack in one step, so that a reader of the folder sees the whole pack or nothing.
fn take_away(place: &Path) -> anyhow::Result<()> {
    let hidden = place.with_file_name(format!(
        ".removed-{}",
        place.file_name().unwrap_or_default().to_string_lossy()
    ));
    let removed = fs::rename(place, &hidden).and_then(|()| delete(&hidden));
    removed.with_context(|| format!("cannot remove {}", place.display()))
}

fn delete(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
