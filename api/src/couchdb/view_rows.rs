//! Reads the rows of a view piece by piece.

use std::collections::VecDeque;

use switchhook_store::{FIRST_ID, LAST_ID, StoreError};

use super::{
    Database, Document,
    views::{Position, Row, Span, Start, View},
};

/// The rows that are left to read.
pub(crate) struct ViewRows {
    database: Database,
    view: View,
    /// The spans, which are read one after the other.
    spans: VecDeque<Span>,
    /// Where to continue in the first span: an account, an id, and whether that one is included.
    from: Option<(String, String, bool)>,
}

impl ViewRows {
    pub(crate) fn new(database: Database, view: View, spans: Vec<Span>) -> Self {
        Self {
            database,
            view,
            spans: spans.into(),
            from: None,
        }
    }

    /// The next rows of a span, which may be none, and whether further rows of the span may follow. `None` after the
    /// last row.
    pub(crate) async fn next(
        &mut self,
    ) -> Result<Option<(Vec<(Row, Document)>, bool)>, StoreError> {
        let Some(span) = self.spans.front() else {
            return Ok(None);
        };
        let from = self.from.take().or_else(|| start(self.view, span));
        let Some(from) = from else {
            self.spans.pop_front();
            return Ok(Some((Vec::new(), false)));
        };
        let piece = self.database.functions(Some(from), span.descending).await?;
        let mut rows = Vec::with_capacity(piece.items.len());
        let mut follow = piece.more;
        for document in piece.items {
            self.from = account_of(&document).map(|it| (it, document.id.clone(), false));
            let Some(row) = self.view.row(&document) else {
                continue;
            };
            match span.position(&row) {
                Position::Before => {}
                Position::Within => rows.push((row, document)),
                Position::Behind => {
                    follow = false;
                    break;
                }
            }
        }
        if !follow || self.from.is_none() {
            follow = false;
            self.from = None;
            self.spans.pop_front();
        }
        Ok(Some((rows, follow)))
    }
}

fn start(view: View, span: &Span) -> Option<(String, String, bool)> {
    match view.start(span) {
        Start::Nowhere => None,
        Start::At(account, id) => Some((account, id, true)),
        Start::End => {
            let end = if span.descending { LAST_ID } else { FIRST_ID };
            Some((end.into(), end.into(), true))
        }
    }
}

fn account_of(document: &Document) -> Option<String> {
    let account = document.body.get("pvt_account_id")?;
    account.as_str().map(str::to_owned)
}
