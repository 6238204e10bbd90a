//! `Intl.Collator`, as far as it is no JavaScript.

use std::{cell::RefCell, rc::Rc};

use javy::quickjs::{Object, Result, convert::List, function::Func};
use switchhook_intl::collation::{self, Options, Order, Sensitivity};

use super::named;

/// Orders that are kept: whoever sorts compares many texts by one.
const KEPT: usize = 8;

thread_local! {
    static READY: RefCell<Vec<(u32, Rc<Order>)>> = const { RefCell::new(Vec::new()) };
}

pub fn install(native: &Object) -> Result<()> {
    native.set(
        "hasCollation",
        Func::from(|name: String, kind: String| collation::has_type(named(&name), &kind)),
    )?;
    native.set("collation", Func::from(usual))?;
    native.set("compare", Func::from(compare))
}

/// What options a collation has that nobody gave: which case is first, and whether punctuation is ignored.
fn usual(name: String, kind: Option<String>) -> List<(&'static str, bool)> {
    let collation = collation::of(named(&name), kind.as_deref());
    List((collation.case_first(), collation.ignores_punctuation()))
}

fn compare(id: u32, used: Object, left: String, right: String) -> Result<i32> {
    let known = READY.with_borrow(|ready| {
        let found = ready.iter().find(|(known, _)| *known == id);
        found.map(|(_, order)| order.clone())
    });
    let order = match known {
        Some(order) => Some(order),
        None => read(&used)?.map(|order| keep(id, order)),
    };
    Ok(order.map_or(0, |order| order.compare(&left, &right) as i32))
}

fn keep(id: u32, order: Order) -> Rc<Order> {
    let order = Rc::new(order);
    READY.with_borrow_mut(|ready| {
        if ready.len() == KEPT {
            ready.remove(0);
        }
        ready.push((id, order.clone()));
    });
    order
}

fn read(used: &Object) -> Result<Option<Order>> {
    let (name, kind): (String, String) = (used.get("name")?, used.get("collation")?);
    let (sensitivity, case_first): (String, String) =
        (used.get("sensitivity")?, used.get("caseFirst")?);
    let options = Options {
        sensitivity: match sensitivity.as_str() {
            "base" => Sensitivity::Base,
            "accent" => Sensitivity::Accent,
            "case" => Sensitivity::Case,
            _ => Sensitivity::Variant,
        },
        is_numeric: used.get("numeric")?,
        case_first: &case_first,
        ignores_punctuation: used.get("ignorePunctuation")?,
    };
    Ok(Order::new(
        collation::of(named(&name), Some(&kind)),
        &options,
    ))
}
