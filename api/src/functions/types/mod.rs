//! TypeScript declarations of what functions get and may return: `switchhook.d.ts`, with which editors check functions.

mod schema;

use std::{fmt::Write, sync::LazyLock};

use serde_json::{Map, Value};

use self::schema::{data_name, declaration, reference};
use super::flow::BUILT_IN;

/// Declarations of the call, `env`, `console`, and callflow nodes of any module.
const GLOBALS: &str = include_str!("globals.d.ts");

static DECLARATIONS: LazyLock<String> = LazyLock::new(|| {
    let table: Map<String, Value> =
        serde_json::from_str(BUILT_IN).expect("the table in this program is JSON");
    written(&table)
});

/// The text of `switchhook.d.ts`.
pub(crate) fn declarations() -> &'static str {
    &DECLARATIONS
}

fn written(table: &Map<String, Value>) -> String {
    let schemas = |part: &str| table[part].as_object().into_iter().flatten();
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("// Types for functions, by Switchhook {version}.\n\n{GLOBALS}");
    text.push_str(
        "\n/** A callflow: a module of KAZOO, its data, and what comes after it. */\ntype Flow =",
    );
    for (name, schema) in schemas("modules") {
        let node = match schema.get("required") {
            None => "FlowNode",
            Some(_) => "FlowNodeWithData",
        };
        let _ = write!(text, "\n  | {node}<'{name}', {}>", data_name(name));
    }
    text.push_str(";\n");
    for (name, schema) in schemas("modules") {
        let _ = write!(
            text,
            "\n/** Data of the module `{name}`. */\n{}",
            declaration(&data_name(name), schema)
        );
    }
    for (name, schema) in schemas("referenced") {
        let _ = write!(text, "\n{}", declaration(&reference(name), schema));
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    /// The lines from one with this beginning to the end of its declaration.
    fn declared(beginning: &str) -> &'static str {
        let text = declarations();
        let start = text.find(&format!("\n{beginning}")).unwrap() + 1;
        let length = text[start..].find("\n}\n").unwrap();
        &text[start..start + length + 2]
    }

    #[test]
    fn every_module_is_a_flow_with_all_its_fields() {
        let table: Value = serde_json::from_str(BUILT_IN).unwrap();
        let modules = table["modules"].as_object().unwrap();
        assert_eq!(modules.len(), 78);
        for (name, schema) in modules {
            let node = format!("<'{name}', {}>", data_name(name));
            assert_eq!(declarations().matches(&node).count(), 1, "{name}");
            let data = declared(&format!("interface {} {{", data_name(name)));
            for field in schema["properties"].as_object().unwrap().keys() {
                let required = schema["required"].as_array();
                let is_required = required.is_some_and(|names| names.contains(&json(field)));
                let optional = if is_required { "" } else { "?" };
                let named = [
                    format!("\n  {field}{optional}: "),
                    format!("\n  '{field}'{optional}: "),
                ];
                assert!(
                    named.iter().any(|named| data.contains(named)),
                    "{name} {field}\n{data}"
                );
            }
        }
    }

    fn json(text: &str) -> Value {
        Value::from(text)
    }

    #[test]
    fn a_node_says_whether_it_can_do_without_data() {
        for node in [
            "\n  | FlowNode<'answer', AnswerData>",
            "\n  | FlowNodeWithData<'tts', TtsData>",
        ] {
            assert!(declarations().contains(node), "{node}");
        }
    }

    #[test]
    fn fields_are_what_kazoo_takes() {
        assert_snapshot!(declared("interface TtsData {"), @r#"
        interface TtsData {
          endless_playback?: boolean;
          engine?: 'flite' | 'google' | 'ispeech' | 'voicefabric';
          language?: string;
          skip_module?: boolean;
          terminators?: string[];
          /** 1 to 1000 characters */
          text: string;
          voice?: string;
        }
        "#);
        assert_snapshot!(declared("interface AudioMacroData {"), @r#"
        interface AudioMacroData {
          language?: string;
          /** not empty */
          macros: ({
            macro: 'play' | 'prompt' | 'say' | 'tts' | 'tone';
          } & (PlayData & {
            macro?: 'play';
          } | AudioMacroToneData & {
            macro?: 'tone';
          } | AudioMacroPromptData & {
            macro?: 'prompt';
          } | AudioMacroSayData & {
            macro?: 'say';
          } | TtsData & {
            macro?: 'tts';
          }))[];
          skip_module?: boolean;
          terminators?: string[];
        }
        "#);
        assert_snapshot!(declared("interface RingGroupData {"), @r#"
        interface RingGroupData {
          /** not empty */
          endpoints: {
            /** a whole number */
            delay?: number;
            endpoint_type: 'device' | 'user' | 'group';
            /** 1 to 128 characters */
            id: string;
            /** a whole number */
            timeout?: number;
            /** 1 to 100, a whole number */
            weight?: number;
          }[];
          fail_on_single_reject?: boolean;
          ignore_forward?: boolean;
          /** at least 1, a whole number */
          repeats?: number;
          ringback?: string;
          ringtones?: {
            external?: string;
            internal?: string;
          };
          skip_module?: boolean;
          strategy?: 'simultaneous' | 'single' | 'weighted_random';
          /** a whole number */
          timeout?: number;
        }
        "#);
        assert_snapshot!(declared("interface Metaflow {"), @r#"
        interface Metaflow {
          children?: Record<string, Metaflow>;
          data?: Record<string, any>;
          /** 1 to 64 characters */
          module: string;
        }
        "#);
        let headers = "\n  custom_sip_headers?: CustomSipHeaders | {\n    in?: CustomSipHeaders;\n    out?: CustomSipHeaders;\n  };\n";
        assert!(declared("interface ResourcesData {").contains(headers));
    }
}
