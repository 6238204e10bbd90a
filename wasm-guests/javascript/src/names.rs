//! Names of call parameters that are interned when the engine boots.

use javy::quickjs::{Ctx, qjs};

/// Names of call parameters: KAZOO's pivot, then other routers' where they agree.
const NAMES: &str = "
    Account-ID Account-Name Account-Realm Api-Version Authorizing-ID Authorizing-Type Call-ID Call-Status
    Callee-ID-Name Callee-ID-Number Caller-ID-Name Caller-ID-Number Callflow-ID Control-Queue Controller-Queue
    Custom-Channel-Vars Custom-SIP-Headers Digits Direction Flags From From-Realm From-User Language Network-IP
    Owner-ID Request Request-Realm Request-User Timezone To To-Realm To-User User-Agent

    AccountSid ApiVersion CallSid CallStatus Called Caller CallerName ForwardedFrom ParentCallSid

    account_sid application_sid call_id call_sid call_status caller_id caller_name direction from to
";

/// Makes the names atoms, so that calls find them instead of making their own. Any other name costs a call some 200
/// units of fuel more.
pub fn keep(ctx: &Ctx) {
    for name in NAMES.split_whitespace() {
        // SAFETY: the context is alive. The atom is never freed, so that it stays.
        unsafe { qjs::JS_NewAtomLen(ctx.as_raw().as_ptr(), name.as_ptr().cast(), name.len() as _) };
    }
}
