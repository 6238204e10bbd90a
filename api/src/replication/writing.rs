//! Writes documents at the target, as many at a time as fit into one request.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Counts, ReplicationError,
    peer::Peer,
    reading::Document,
    refusal::{Failure, refuse},
};

/// Largest list of documents that is sent, and largest document: with what is around them, the 8,000,000 bytes that
/// Switchhook takes, and also what CouchDB takes by default (`max_document_size`).
const MAX_BYTES: usize = 7_900_000;

/// Revisions that keep their names.
#[derive(Serialize)]
struct Body<'a> {
    new_edits: bool,
    docs: Vec<&'a RawValue>,
}

/// Writes documents. Those that the target refuses are counted, and keep no other out.
pub(super) fn write(
    target: &Peer,
    documents: &[Document<'_>],
    done: &mut Counts,
) -> Result<(), ReplicationError> {
    let (mut begin, mut bytes) = (0, 0);
    for (end, document) in documents.iter().enumerate() {
        let more = document.json.get().len() + 1;
        if bytes + more > MAX_BYTES {
            write_together(target, &documents[begin..end], done)?;
            (begin, bytes) = (end, 0);
        }
        bytes += more;
    }
    write_together(target, &documents[begin..], done)
}

fn write_together(
    target: &Peer,
    documents: &[Document<'_>],
    done: &mut Counts,
) -> Result<(), ReplicationError> {
    match documents {
        [] => return Ok(()),
        [document] if document.json.get().len() > MAX_BYTES => {
            refuse(target, &document.id, "it is too large to be sent", done);
            return Ok(());
        }
        _ => {}
    }
    match send(target, documents, done) {
        Err(error) if error.is_about_documents() => match documents {
            [document] => {
                refuse(target, &document.id, &error.to_string(), done);
                Ok(())
            }
            _ => {
                let (first, second) = documents.split_at(documents.len() / 2);
                write_together(target, first, done)?;
                write_together(target, second, done)
            }
        },
        sent => sent,
    }
}

fn send(
    target: &Peer,
    documents: &[Document<'_>],
    done: &mut Counts,
) -> Result<(), ReplicationError> {
    let body = Body {
        new_edits: false,
        docs: documents.iter().map(|document| document.json).collect(),
    };
    let reply = target.post("/_bulk_docs", &body)?;
    let mut failures: Vec<Failure> = target.read(&reply)?;
    failures.retain(Failure::is_one);
    let Some(written) = documents.len().checked_sub(failures.len()) else {
        return Err(target.strange("more refusals than there were documents"));
    };
    for failure in &failures {
        failure.count(target, done)?;
    }
    done.written += written as u64;
    Ok(())
}
