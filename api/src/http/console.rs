//! `/console/`: the web console. Its files are part of the program, and it asks nothing but the API.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use actix_web::{
    HttpResponse,
    guard::{self, GuardContext},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web,
};

use super::error::ApiError;

/// Names and contents of the files. All but the page and the licences have their contents' hash in their names.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// The page, which every address of the console leads to: what it shows is decided in the browser.
const PAGE: &str = "index.html";

/// The same page for the address of a function. It names the files of the editor, so browsers ask for them at once.
const FUNCTION_PAGE: &str = "function.html";

/// The licences of the libraries that the console is made of.
const LICENCES: &str = "licences.txt";

/// The page names the other files, so it is asked for each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Another content has another name (RFC 8246). A year is as long as anybody keeps anything.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the console is.
pub(super) const PATH: &str = "/console/";

/// Where a developer's files are, instead of those in the program.
const FOLDER: &str = "SWITCHHOOK_CONSOLE_DIR";

/// The console's files.
#[derive(Clone)]
pub(crate) enum Console {
    InProgram,
    /// Read anew for each request.
    InFolder(PathBuf),
}

impl Console {
    /// As the environment says it.
    pub(crate) fn from_environment() -> Self {
        match std::env::var_os(FOLDER) {
            Some(folder) => Self::InFolder(folder.into()),
            None => Self::InProgram,
        }
    }

    fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::InProgram => {
                let (_, contents) = FILES.iter().find(|(file, _)| *file == name)?;
                Some(Cow::Borrowed(contents))
            }
            Self::InFolder(folder) => {
                // A name that is a path leads out of the folder.
                let is_name = Path::new(name).file_name() == Some(name.as_ref());
                is_name
                    .then(|| std::fs::read(folder.join(name)).ok())?
                    .map(Cow::Owned)
            }
        }
    }
}

/// Adds the console's addresses to an application.
pub(super) fn routes(console: Console) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::Data::new(console))
            .service(web::redirect("/console", PATH))
            .service(
                web::resource("/")
                    .guard(guard::fn_guard(is_visit))
                    .to(visit),
            )
            .route("/console/assets/{name}", web::get().to(asset))
            .route(
                "/console/{account}/functions/{_:.+}",
                web::get().to(function_page),
            )
            .route("/console/{_:.*}", web::get().to(page));
    }
}

/// Whether somebody looks at the server's root with a browser, and means the console.
fn is_visit(context: &GuardContext<'_>) -> bool {
    let accepted = context.head().headers().get(header::ACCEPT);
    context.head().method == Method::GET
        && accepted
            .and_then(|accepted| accepted.to_str().ok())
            .is_some_and(|accepted| accepted.contains("text/html"))
}

async fn visit() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, PATH))
        .finish()
}

async fn page(console: web::Data<Console>) -> Result<HttpResponse, ApiError> {
    file(&console, PAGE, ASK_AGAIN)
}

async fn function_page(console: web::Data<Console>) -> Result<HttpResponse, ApiError> {
    file(&console, FUNCTION_PAGE, ASK_AGAIN)
}

async fn asset(
    console: web::Data<Console>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let keep = if *name == LICENCES {
        ASK_AGAIN
    } else {
        FOR_GOOD
    };
    file(&console, &name, keep)
}

fn file(console: &Console, name: &str, keep: HeaderValue) -> Result<HttpResponse, ApiError> {
    let contents = console.read(name).ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type(name)))
        .insert_header((header::CACHE_CONTROL, keep))
        .body(contents))
}

fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_files_that_there_are() {
        for page in [PAGE, FUNCTION_PAGE] {
            let page = Console::InProgram.read(page).unwrap();
            let page = std::str::from_utf8(&page).unwrap();
            let names: Vec<_> = page
                .split("/console/assets/")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert!(names.len() >= 3, "{page}");
            for name in names {
                assert!(Console::InProgram.read(name).is_some(), "{name}");
                assert_ne!(content_type(name), "application/octet-stream", "{name}");
            }
        }
    }

    #[test]
    fn nothing_outside_of_its_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("dist");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(inner.join(PAGE), "page").unwrap();
        let absolute = folder.path().join("secret");
        let console = Console::InFolder(inner);
        assert_eq!(console.read(PAGE).as_deref(), Some(b"page".as_slice()));
        for name in ["../secret", "..", ".", "", absolute.to_str().unwrap()] {
            assert_eq!(console.read(name), None, "{name}");
        }
    }
}
