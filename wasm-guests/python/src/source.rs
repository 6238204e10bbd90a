//! The two forms of a source: a module with `def handler(call):`, or the body of that function.

use ruff_source_file::SourceFileBuilder;
use ruff_text_size::{Ranged, TextRange};
use rustpython_vm::compiler::{
    CompileError, CompileOpts, Mode,
    ast::{
        AtomicNodeIndex, Identifier, Mod, Parameter, ParameterWithDefault, Parameters, Stmt,
        StmtFunctionDef,
        name::Name,
        statement_visitor::{StatementVisitor, walk_stmt},
    },
    codegen::compile::compile_top,
    core::bytecode::CodeObject,
    parser,
};

/// The name of the function that is called, also if it is made of a body.
pub const HANDLER: &str = "handler";

/// The name of its parameter in a body.
const CALL: &str = "call";

/// The source's name in tracebacks.
pub const FILE_NAME: &str = "function.py";

/// Compiles a source. A body becomes a function in place, so that its lines and columns stay the same.
///
/// # Errors
/// A syntax error.
pub fn compile(source: &str, options: CompileOpts) -> Result<CodeObject, CompileError> {
    let file = SourceFileBuilder::new(FILE_NAME, source).finish();
    let parsed = parser::parse(source, parser::Mode::Module.into())
        .map_err(|error| CompileError::from_ruff_parse_error(error, &file))?;
    let mut ast = parsed.into_syntax();
    if let Mod::Module(module) = &mut ast
        && returns(&module.body)
    {
        let body = std::mem::take(&mut module.body);
        module.body.push(function(body));
    }
    compile_top(ast, file, Mode::Exec, options).map_err(CompileError::from)
}

/// Whether a `return` stands outside of all functions.
fn returns(body: &[Stmt]) -> bool {
    let mut finder = ReturnFinder(false);
    finder.visit_body(body);
    finder.0
}

struct ReturnFinder(bool);

impl StatementVisitor<'_> for ReturnFinder {
    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Return(_) => self.0 = true,
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ if self.0 => {}
            _ => walk_stmt(self, statement),
        }
    }
}

/// Wraps statements in `def handler(call):`, at the place of the first statement.
fn function(body: Vec<Stmt>) -> Stmt {
    let start = body.first().map(Ranged::start).unwrap_or_default();
    let range = TextRange::empty(start);
    let node_index = AtomicNodeIndex::NONE;
    let identifier = |name: &str| Identifier::new(Name::new(name), range);
    let parameter = Parameter {
        range,
        node_index: node_index.clone(),
        name: identifier(CALL),
        annotation: None,
    };
    let parameters = Parameters {
        range,
        args: vec![ParameterWithDefault {
            range,
            node_index: node_index.clone(),
            parameter,
            default: None,
        }],
        ..Parameters::default()
    };
    Stmt::FunctionDef(StmtFunctionDef {
        node_index,
        range,
        is_async: false,
        decorator_list: Vec::new(),
        name: identifier(HANDLER),
        type_params: None,
        parameters: Box::new(parameters),
        returns: None,
        body,
    })
}
