use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{
    App,
    middleware::{Compress, from_fn},
};
use anyhow::Context;
use switchhook_compiler::Languages;
use switchhook_runtime::{CustomerModules, Digest, Engine};
use switchhook_store::{
    Running, Store, StoreError, Token, document::DEFAULT_LANGUAGE_PACK, ids::random_secret,
};
use tokio::time::sleep;

use super::{
    bootstrap::create_master_account,
    couchdb,
    database_argument::DatabaseArgument,
    loading::load,
    machine_code,
    monitoring::Monitoring,
    signals::{outlive_full_files, reload_on_hangup, told_to_stop},
    source::PackFolder,
    terminal::say,
};
use crate::{
    accounts::{Accounts, Identity, JwtKey},
    config::Config,
    functions::{Functions, Recorder, Reloads, Sandboxes},
    http::{self, Buckets, Budget, Console, Feeds, Health, Listener, Node, Shared},
};

#[derive(clap::Args)]
pub(crate) struct Serve {
    /// The configuration file (TOML)
    #[arg(long, value_name = "F", env = "SWITCHHOOK_CONFIG")]
    config: Option<PathBuf>,
    /// The address to listen on, instead of the configuration's
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    database: DatabaseArgument,
    /// For trying out: create the master account if there is none, and print a link to the console and a request to paste
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    packs: PackFolder,
}

impl Serve {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        config.listen = self.listen.unwrap_or(config.listen);
        config.database = self.database.location.unwrap_or(config.database);
        config.language_packs.dir = self.packs.language_packs.or(config.language_packs.dir);

        check_clock(SystemTime::now())?;
        outlive_full_files()?;
        let _running = Running::on(&config.database)?;
        let store = Store::open_with(&config.database, config.local_copy.as_deref())?;
        let engine = Engine::new(&config.engine())?;
        let languages = languages(&engine, &config, &store).await?;
        let monitoring = config.metrics.listen.map(Monitoring::new).transpose()?;
        let sandboxes = Sandboxes::new(
            config.concurrency.calls(),
            config.concurrency.compilations(),
            Monitoring::meters(monitoring.as_ref()),
        );
        let jwt = config.jwt.public_key_file.as_deref();
        let jwt = jwt.map(|file| JwtKey::open(file, config.jwt.issuer.as_deref()));
        let identity = Arc::new(Identity::new(store.clone(), jwt.transpose()?));
        let settings = config.of_functions()?;
        let vault = Arc::clone(&settings.vault);
        let (recorder, recording) = Recorder::start(store.clone(), config.attempts.kept());
        let modules = modules(&engine, &config);
        let functions = Functions::new(
            store.clone(),
            languages,
            modules,
            sandboxes,
            recorder,
            settings,
        );
        let functions = Arc::new(functions);
        let listener = functions.account_listener();
        let reloads = {
            let packs = config.language_packs.clone();
            // The folder may be made later, when the first pack is added.
            let folder = move || packs.folder_to_read();
            Reloads::start(
                Arc::clone(&functions),
                config.language_packs.upgrade,
                folder,
            )
        };
        reload_on_hangup(reloads.clone())?;
        // The key is made before the local copy is filled, so that the copy contains the key.
        let cookie_key = couchdb::Listener::cookie_key(&config, &store).await?;
        {
            let (identity, functions) = (Arc::clone(&identity), Arc::clone(&functions));
            store.follow(move |written| {
                identity.noticed(written);
                functions.noticed(written);
            });
        }
        let accounts = Accounts::new(store.clone(), vault, Arc::clone(&identity), listener);
        let shared = Arc::new(Shared {
            accounts: Arc::new(accounts),
            functions,
            reloads,
            identity,
            node: Node::named(&config.node),
            bodies: Budget::new(config.http.body_bytes),
            replies: Budget::new(config.http.reply_bytes),
            buckets: Buckets::new((&config.rate).into()),
            feeds: Feeds::new(),
            health: Health::new(store.clone()),
            public_url: config.http.public_url.clone(),
            console: config.console.enabled.then(Console::from_environment),
            panics: AtomicU64::new(0),
        });
        if let Some(monitoring) = monitoring {
            let address = monitoring.start(Arc::clone(&shared), engine)?;
            say(format_args!("metrics on http://{address}/metrics"))?;
        }
        let workers = match config.workers {
            Some(workers) => workers,
            None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        };
        let couchdb = couchdb::Listener::start(
            &config,
            store.clone(),
            cookie_key,
            Arc::clone(&shared),
            workers.get(),
        )
        .await?;
        if let Some(couchdb) = &couchdb {
            say(format_args!("couchdb on http://{}", couchdb.address))?;
        }
        let all = Arc::clone(&shared);
        let app = move || {
            App::new()
                .wrap(from_fn(http::front))
                .wrap(Compress::default())
                .wrap_fn(http::restrict)
                .configure(http::routes(Arc::clone(&shared)))
        };
        let listener = Listener::new(config.listen, workers.get(), config.http.connections);
        let (server, address) = listener
            .serve(app)
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        say(format_args!("listening on http://{address}"))?;
        if self.dev {
            let (account_id, token) = master_token(&store).await?;
            if config.console.enabled {
                say(format_args!("\nhttp://{address}/console/#token={token}"))?;
            }
            say(format_args!(
                "\n{}",
                request_to_paste(address, &account_id, &token)
            ))?;
        }
        let handle = server.handle();
        tokio::select! {
            ended = actix_web::rt::spawn(server) => ended??,
            gracefully = told_to_stop() => {
                let gracefully = gracefully? && drained(&all.health, config.http.drain_seconds).await?;
                all.feeds.close();
                let api = handle.stop(gracefully);
                match couchdb {
                    Some(couchdb) => drop(tokio::join!(api, couchdb.stop(gracefully))),
                    None => api.await,
                }
            }
        }
        recording.finish().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Answers requests until load balancers have noticed that this server stops, or until another signal. Returns whether
/// requests in progress are still to be answered.
async fn drained(health: &Health, seconds: u64) -> std::io::Result<bool> {
    health.stop();
    tokio::select! {
        () = sleep(Duration::from_secs(seconds)) => Ok(true),
        again = told_to_stop() => again,
    }
}

/// Checks that the clock is set. Before 1970, replies cannot have dates and nothing expires.
fn check_clock(now: SystemTime) -> anyhow::Result<()> {
    anyhow::ensure!(now >= UNIX_EPOCH, "the clock is set to a time before 1970");
    Ok(())
}

/// The loader of customers' modules. `None` if no account may have modules.
fn modules(engine: &Engine, config: &Config) -> Option<CustomerModules> {
    if !config.accounts.values().any(|account| account.wasm) {
        return None;
    }
    let modules = machine_code::modules(engine, config);
    if modules.is_none() {
        tracing::warn!("no functions can be modules of their own: that takes a sandbox.cache_dir");
    }
    modules
}

/// The built-in languages, and the languages of the operator's folder. Packs of the folder are tested once.
async fn languages(engine: &Engine, config: &Config, store: &Store) -> anyhow::Result<Languages> {
    let mut languages = Languages::built_in(engine)?;
    if let Some(folder) = config.language_packs.folder_to_read() {
        let passed = store.passed_tests().await?;
        let read = languages.with_folder(&folder, &passed).await?;
        for refused in &read.refused {
            tracing::error!("{refused}");
        }
        if let Err(error) = store.add_passed_tests(read.passed).await {
            tracing::warn!("language packs will be tested again at the next start: {error}");
        }
        languages = read.languages;
    }
    // Only this language is loaded at once, because it is nearly always needed.
    if let Some(default) = languages.get(DEFAULT_LANGUAGE_PACK) {
        load(default).await?;
    }
    Ok(languages)
}

/// The master account, created if there is none, and a new token of it.
async fn master_token(store: &Store) -> anyhow::Result<(String, String)> {
    let known = match store.master_account().await? {
        Some(known) => Some(known),
        None => match create_master_account(store).await {
            Ok(made) => return Ok((made.account_id, made.auth_token)),
            // Another server on the database has created the account meanwhile.
            Err(StoreError::AlreadyBootstrapped) => store.master_account().await?,
            Err(error) => return Err(error.into()),
        },
    };
    let account_id = known.context("the database has no master account")?;
    let token = random_secret();
    let kept = Token::everlasting(account_id.clone());
    store.add_token(Digest::of(token.as_bytes()), kept).await?;
    Ok((account_id, token))
}

/// A curl line that runs a function, with a token in it.
fn request_to_paste(address: SocketAddr, account_id: &str, token: &str) -> String {
    format!(
        r#"curl -s http://{address}/v2/accounts/{account_id}/functions/test -H 'X-Auth-Token: {token}' -H 'Content-Type: application/json' -d '{{"data":{{"function_js":"return {{module: \"tts\", data: {{text: \"Thanks for calling us \" + call[\"Caller-ID-Name\"]}}}}","call":{{"Caller-ID-Name":"Bob"}}}}}}'"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_not_set_is_refused() {
        assert!(check_clock(SystemTime::now()).is_ok());
        assert!(check_clock(UNIX_EPOCH).is_ok());
        assert!(check_clock(UNIX_EPOCH - Duration::from_secs(1)).is_err());
    }
}
