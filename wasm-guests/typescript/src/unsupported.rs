//! TypeScript that oxc can translate and functions cannot use.

use oxc_ast::ast::{AccessorProperty, Decorator, Program, TSExportAssignment};
use oxc_ast_visit::Visit;
use oxc_diagnostics::{Diagnostics, OxcDiagnostic};
use oxc_span::Span;

/// A diagnostic for each use.
pub fn uses_in(program: &Program) -> Diagnostics {
    let mut uses = Uses::default();
    uses.visit_program(program);
    uses.0
}

#[derive(Default)]
struct Uses(Diagnostics);

impl Uses {
    fn found(&mut self, span: Span, message: &'static str) {
        self.0.push(OxcDiagnostic::error(message).with_label(span));
    }
}

impl<'a> Visit<'a> for Uses {
    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.found(it.span, "decorators are not supported");
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        self.found(it.span, "accessor fields are not supported");
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.found(it.span, "a module exports its function by `export default`");
    }
}
