//! Translates TypeScript to JavaScript.

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

/// The source's name in stacks.
const FILE_NAME: &str = "function.ts";

/// The JavaScript of a source, which may have any form of a JavaScript source: the body of a function, with or without
/// `await`, or a module. The last line is the source map.
///
/// # Errors
/// The first mistake of the source, with its place.
pub fn of(source: &str) -> Result<String, Failure> {
    let allocator = Allocator::default();
    // A source without `import`, `export` and `await` stays sloppy, as a JavaScript body is.
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

/// Removes the `export {}` that is left of a body whose only imports were types: with it, the body would be a module.
fn remove_empty_export(program: &mut Program) {
    program.body.retain(|statement| {
        !matches!(statement, Statement::ExportNamedDeclaration(export)
            if export.specifiers.is_empty())
    });
}
