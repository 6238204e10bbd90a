use std::process::ExitCode;

use switchhook_compiler::LanguagePack;
use switchhook_runtime::Digest;

pub(super) fn execute() -> anyhow::Result<ExitCode> {
    for pack in LanguagePack::built_in()? {
        println!(
            "{}\t{}\t.{}\tguest {}",
            pack.name(),
            pack.title(),
            pack.extensions().join(" ."),
            Digest::of(pack.wasm()),
        );
    }
    Ok(ExitCode::SUCCESS)
}
