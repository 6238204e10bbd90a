//! The module as a Javy plugin: `javy-plugin-api` exports `compile-src` and `invoke` for Javy, and `cabi_realloc` for all.

javy_plugin_api::import_namespace!("switchhook-javascript-v1");
