//! From TypeScript to JavaScript.

use std::path::{Path, PathBuf};

use oxc_allocator::Allocator;
use oxc_ast::ast::{Program, Statement};
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use oxc_transformer::{TransformOptions, Transformer};
use switchhook_guest::Failure;

use crate::{mistake, unsupported};

/// What stack frames call the author's source.
const FILE_NAME: &str = "function.ts";

/// The JavaScript of a source of any form that JavaScript sources have: the body of a function, with `await` or
/// without, or a module. The last line is the source map.
///
/// # Errors
/// The mistakes in it, in the author's own lines.
pub fn of(source: &str) -> Result<String, Failure> {
    let allocator = Allocator::default();
    // What has no `import`, `export` or `await` stays sloppy, as a body is in JavaScript.
    let kind = SourceType::ts().with_unambiguous(true);
    let options = ParseOptions {
        parse_regular_expression: true,
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, source, kind)
        .with_options(options)
        .parse();
    mistake::none_in(&parsed.diagnostics, source)?;
    let mut program = parsed.program;

    let checked = SemanticBuilder::new()
        .with_check_syntax_error(true)
        .with_enum_eval(true)
        .build(&program);
    mistake::none_in(&checked.diagnostics, source)?;
    mistake::none_in(&unsupported::uses_in(&program), source)?;

    let scoping = checked.semantic.into_scoping();
    let transformed = Transformer::new(
        &allocator,
        Path::new(FILE_NAME),
        &TransformOptions::default(),
    )
    .build_with_scoping(scoping, &mut program);
    mistake::none_in(&transformed.diagnostics, source)?;

    remove_empty_export(&mut program);
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(PathBuf::from(FILE_NAME)),
        ..CodegenOptions::default()
    };
    let written = Codegen::new().with_options(options).build(&program);
    let mut code = written.code;
    if let Some(map) = written.map {
        code.push_str("//# sourceMappingURL=");
        code.push_str(&map.to_data_url());
    }
    Ok(code)
}

/// A body may import types. When they are gone it is a body, and no module for want of an export.
fn remove_empty_export(program: &mut Program) {
    program.body.retain(|statement| {
        !matches!(statement, Statement::ExportNamedDeclaration(export)
            if export.specifiers.is_empty())
    });
}
