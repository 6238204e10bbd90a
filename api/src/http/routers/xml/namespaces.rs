//! The namespaces of a document's prefixes (Namespaces in XML 1.0).

use std::{borrow::Cow, collections::HashSet};

use super::XmlError;

/// The namespace of the prefix `xml`, which is always declared. No other prefix may have it.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A namespace that no prefix may have.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Most declarations in scope. Routers need none, and every element is compared with each.
pub(super) const MAX_NAMESPACES: usize = 8;

/// A name with valid parts.
pub(super) struct Name {
    pub(super) prefix: Option<String>,
    pub(super) local: String,
}

impl Name {
    /// The name as written.
    pub(super) fn qualified(&self) -> Cow<'_, str> {
        match &self.prefix {
            Some(prefix) => format!("{prefix}:{}", self.local).into(),
            None => self.local.as_str().into(),
        }
    }
}

/// The declarations in scope.
#[derive(Default)]
pub(super) struct Namespaces {
    /// Prefixes with their namespaces, the outermost first. The default namespace has no prefix.
    declared: Vec<(Option<String>, String)>,
    /// For each open element, the number of declarations before it.
    before: Vec<usize>,
}

impl Namespaces {
    /// Takes an element's declarations, and checks its name and attributes against those in scope.
    pub(super) fn enter(
        &mut self,
        element: &Name,
        attributes: Vec<(Name, String)>,
    ) -> Result<(), XmlError> {
        let before = self.declared.len();
        self.before.push(before);
        let mut others = Vec::new();
        for (name, value) in attributes {
            match name.prefix.as_deref() {
                Some("xmlns") => self.declare(before, Some(name.local), value)?,
                None if name.local == "xmlns" => self.declare(before, None, value)?,
                _ => others.push(name),
            }
        }
        self.find(element.prefix.as_deref())?;
        let mut seen = HashSet::new();
        for name in &others {
            // The default namespace does not apply to attributes.
            let namespace = match &name.prefix {
                Some(prefix) => self.find(Some(prefix))?,
                None => "",
            };
            if !seen.insert((namespace, &name.local)) {
                return Err(XmlError::NotWellFormed("an attribute is there twice"));
            }
        }
        Ok(())
    }

    /// Ends the innermost element.
    pub(super) fn leave(&mut self) {
        self.declared
            .truncate(self.before.pop().unwrap_or_default());
    }

    fn declare(
        &mut self,
        before: usize,
        prefix: Option<String>,
        namespace: String,
    ) -> Result<(), XmlError> {
        let is_allowed = match prefix.as_deref() {
            Some("xml") => namespace == XML,
            Some("xmlns") => false,
            Some(_) => ![XML, XMLNS, ""].contains(&namespace.as_str()),
            None => ![XML, XMLNS].contains(&namespace.as_str()),
        };
        if !is_allowed {
            return Err(XmlError::NotWellFormed("a namespace is reserved"));
        }
        if self.declared[before..].iter().any(|(it, _)| *it == prefix) {
            return Err(XmlError::NotWellFormed("a prefix is declared twice"));
        }
        if self.declared.len() == MAX_NAMESPACES {
            return Err(XmlError::TooManyNamespaces);
        }
        self.declared.push((prefix, namespace));
        Ok(())
    }

    /// The namespace of a prefix, or the default namespace.
    fn find(&self, prefix: Option<&str>) -> Result<&str, XmlError> {
        let mut declared = self.declared.iter().rev();
        match declared.find(|(it, _)| it.as_deref() == prefix) {
            Some((_, namespace)) => Ok(namespace),
            None => match prefix {
                None => Ok(""),
                Some("xml") => Ok(XML),
                Some(_) => Err(XmlError::NotWellFormed("a prefix is not declared")),
            },
        }
    }
}
