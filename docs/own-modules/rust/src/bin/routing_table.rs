//! The longest known prefix of the called number decides who answers.

use own_modules::answer;
use serde::Deserialize;
use serde_json::json;

const ROUTES: [(&str, &str); 7] = [
    ("+1", "f3eefd31c13f1fabb04d9aff4129fddb"),
    ("+1415", "233f2f16de70ada37774f537a6672a4d"),
    ("+1415555", "b9b49f4a400289f152405f7a2545c093"),
    ("+44", "5609f5e959b6c40f0d18c98b57eda8d0"),
    ("+4420", "5e29bbea6efcf9af2de7dfdce08ec708"),
    ("+49", "fcc7abb71d26b0af0ab9bcf33e37aaa8"),
    ("+4930", "4bd71669c95b75523efdf65eed4d9d0c"),
];

#[derive(Deserialize)]
struct Call {
    #[serde(rename = "To-User")]
    number: Option<String>,
}

fn main() {
    answer(|call: Call| {
        let number = call.number.unwrap_or_default();
        let routes = ROUTES
            .iter()
            .filter(|(prefix, _)| number.starts_with(prefix));
        let Some((_, user)) = routes.max_by_key(|(prefix, _)| prefix.len()) else {
            let message = format!("No route to {number}");
            return json!({"module": "response", "data": {"code": 404, "message": message}});
        };
        json!({
            "module": "user",
            "data": {"id": user, "timeout": 20},
            "children": {"_": {"module": "voicemail", "data": {"id": user, "action": "compose"}}},
        })
    });
}
