//! The last step of building a guest: `preinitialize IN.wasm OUT.wasm`. Called by `wasm-guests/build`.

use std::{env, error::Error, fs};

use switchhook_runtime::{Engine, EngineConfig, preinitialize};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    let [input, output] = paths.as_slice() else {
        return Err("usage: preinitialize IN.wasm OUT.wasm".into());
    };
    let engine = Engine::new(&EngineConfig::default())?;
    let booted = preinitialize(&engine, &fs::read(input)?).await?;
    fs::write(output, booted)?;
    Ok(())
}
