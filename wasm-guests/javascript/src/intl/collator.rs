//! The native part of `Intl.Collator`, and the case of letters.

use std::{cell::RefCell, rc::Rc};

use javy::quickjs::{Object, Result, convert::List, function::Func};
use switchhook_intl::{
    case,
    collation::{self, CaseFirst, Collation, Options, Order, Sensitivity},
};

use super::named;

/// Orders that are kept ready: a sort compares many texts by one order.
const KEPT: usize = 8;

thread_local! {
    static READY: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// An order, with the number of its collator and what the order was made of. Collators with the same options share an
/// order.
struct Kept {
    id: u32,
    collation: Collation,
    options: Options,
    order: Rc<Order>,
}

pub fn install(native: &Object) -> Result<()> {
    native.set(
        "hasCollation",
        Func::from(|name: String, kind: String| collation::has_type(named(&name), &kind)),
    )?;
    native.set("collation", Func::from(usual))?;
    native.set("compare", Func::from(compare))?;
    native.set(
        "upper",
        Func::from(|text: String, language: String| case::upper(&text, &language)),
    )?;
    native.set(
        "lower",
        Func::from(|text: String, language: String| case::lower(&text, &language)),
    )
}

/// The default options of a collation: which case comes first, and whether punctuation is ignored.
fn usual(name: String, kind: Option<String>) -> List<(&'static str, bool)> {
    let collation = collation::of(named(&name), kind.as_deref());
    let first = match collation.case_first() {
        CaseFirst::Upper => "upper",
        CaseFirst::Lower => "lower",
        CaseFirst::Neither => "false",
    };
    List((first, collation.ignores_punctuation()))
}

fn compare(id: u32, used: Object, left: String, right: String) -> Result<i32> {
    let known = READY.with_borrow(|ready| {
        let found = ready.iter().find(|kept| kept.id == id);
        found.map(|kept| kept.order.clone())
    });
    let order = match known {
        Some(order) => Some(order),
        None => keep(id, &used)?,
    };
    Ok(order.map_or(0, |order| order.compare(&left, &right) as i32))
}

fn keep(id: u32, used: &Object) -> Result<Option<Rc<Order>>> {
    let (collation, options) = read(used)?;
    Ok(READY.with_borrow_mut(|ready| {
        let same = |kept: &&Kept| kept.collation == collation && kept.options == options;
        let known = ready.iter().find(same).map(|kept| kept.order.clone());
        let order = known.or_else(|| Order::new(collation, &options).map(Rc::new))?;
        if ready.len() == KEPT {
            ready.remove(0);
        }
        ready.push(Kept {
            id,
            collation,
            options,
            order: order.clone(),
        });
        Some(order)
    }))
}

fn read(used: &Object) -> Result<(Collation, Options)> {
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
        case_first: match case_first.as_str() {
            "upper" => CaseFirst::Upper,
            "lower" => CaseFirst::Lower,
            _ => CaseFirst::Neither,
        },
        ignores_punctuation: used.get("ignorePunctuation")?,
    };
    // The type `default` means no type.
    Ok((collation::of(named(&name), Some(&kind)), options))
}
