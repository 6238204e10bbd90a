//! Forms in parts (RFC 7578), which may contain files: FreeSWITCH sends recordings this way (`mod_httapi.c`,
//! `attach_file`).

use std::convert::Infallible;

use actix_web::web::{Bytes, BytesMut};
use futures_util::stream;

use super::{CallError, MAX_CALL_BYTES, Pair};

/// Most parts. A channel has some three hundred variables, each a part.
const MAX_PARTS: usize = 1024;

/// Adds the parameters of a form. A file becomes its name, type and size, because a function could do nothing with its
/// bytes.
///
/// # Errors
/// [`CallError`] if the body is not such a form, or has too many parts or too much text.
pub(super) async fn read(
    content_type: &str,
    body: &Bytes,
    pairs: &mut Vec<Pair<'_>>,
) -> Result<(), CallError> {
    let boundary = multer::parse_boundary(content_type)?;
    let whole = stream::iter([Ok::<_, Infallible>(body.clone())]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut count = 0;
    let mut bytes = 0;
    while let Some(mut part) = parts.next_field().await? {
        count += 1;
        if count > MAX_PARTS {
            return Err(CallError::TooManyParts);
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let kind = part.content_type().map(ToString::to_string);
        let mut size = 0;
        let mut text = BytesMut::new();
        while let Some(piece) = part.chunk().await? {
            size += piece.len();
            if file.is_none() {
                if size > MAX_CALL_BYTES {
                    return Err(CallError::TooLarge);
                }
                text.extend_from_slice(&piece);
            }
        }
        let said = match file {
            None => vec![(name, String::from_utf8_lossy(&text).into_owned())],
            Some(file) => {
                let kind = kind.map(|kind| (format!("{name}[type]"), kind));
                let size = (format!("{name}[size]"), size.to_string());
                let file = (format!("{name}[name]"), file);
                [Some(file), kind, Some(size)]
                    .into_iter()
                    .flatten()
                    .collect()
            }
        };
        for (name, text) in said {
            bytes += name.len() + text.len();
            if bytes > MAX_CALL_BYTES {
                return Err(CallError::TooLarge);
            }
            pairs.push((name.into(), text.into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    /// The parameters of a body with the boundary `x`.
    fn read(body: impl Into<Vec<u8>>) -> Result<Vec<(String, String)>, CallError> {
        read_as("multipart/form-data; boundary=x", body)
    }

    fn read_as(
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Result<Vec<(String, String)>, CallError> {
        let body = Bytes::from(body.into());
        let mut pairs = Vec::new();
        let read = super::read(content_type, &body, &mut pairs);
        read.now_or_never().expect("all of it is there")?;
        let owned = |(name, text): Pair| (name.into_owned(), text.into_owned());
        Ok(pairs.into_iter().map(owned).collect())
    }

    fn part(head: &str, body: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn fields_are_texts_and_files_what_they_are() {
        let body = [
            part("name=\"a\"", "1\r\n2"),
            part(
                "name=\"b\"; filename=\"f.wav\"\r\nContent-Type: audio/wav",
                "RIFF\r\n",
            ),
            part("name=\"c\"; filename=\"g\"", ""),
            part("name=\"a\"", ""),
            "--x--\r\n".to_owned(),
        ];
        let expected = [
            ("a", "1\r\n2"),
            ("b[name]", "f.wav"),
            ("b[type]", "audio/wav"),
            ("b[size]", "6"),
            ("c[name]", "g"),
            ("c[size]", "0"),
            ("a", ""),
        ];
        assert_eq!(read(body.concat()).unwrap(), pairs(&expected));
        assert_eq!(read("--x--\r\n").unwrap(), []);
    }

    #[test]
    fn what_is_no_form_is_named() {
        let no_boundary = read_as("multipart/form-data", "");
        assert!(matches!(no_boundary, Err(CallError::NotAForm(_))));
        for body in [String::new(), "a=b".to_owned(), part("name=\"a\"", "1")] {
            let error = read(body.clone()).unwrap_err();
            assert!(matches!(error, CallError::NotAForm(_)), "{body}: {error}");
        }
    }

    #[test]
    fn a_form_has_bounds() {
        let form = |count: usize| {
            let mut body = String::new();
            for _ in 0..count {
                let _ = write!(body, "{}", part("name=\"a\"", "1"));
            }
            body + "--x--\r\n"
        };
        assert_eq!(read(form(MAX_PARTS)).unwrap().len(), MAX_PARTS);
        assert!(matches!(
            read(form(MAX_PARTS + 1)),
            Err(CallError::TooManyParts)
        ));
        let long = "t".repeat(MAX_CALL_BYTES);
        let text = part("name=\"a\"", &long) + "--x--\r\n";
        assert!(matches!(read(text), Err(CallError::TooLarge)));
        let named = part(&format!("name=\"a\"; filename=\"{long}\""), "") + "--x--\r\n";
        assert!(matches!(read(named), Err(CallError::TooLarge)));
        let file = part("name=\"a\"; filename=\"f\"", &long) + "--x--\r\n";
        assert_eq!(read(file).unwrap()[1].1, MAX_CALL_BYTES.to_string());
    }

    proptest! {
        #[test]
        fn any_body_is_a_form_or_none(body in "(--x|\r\n|name=\"a\"|filename=\"b\"|Content-Disposition: form-data; |\\PC){0,40}") {
            let _ = read(body);
        }
    }
}
