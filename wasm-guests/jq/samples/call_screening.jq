# Who may ring, who may leave a message, and who is not wanted.
["+14158867900", "+14155550100"] as $friends
| ["+1900", "+44870"] as $unwanted
| (."Caller-ID-Number" // "") as $caller
# What the call does not name is left out.
| (if ."Owner-ID" then { id: ."Owner-ID" } else {} end) as $owner
| if any($unwanted[]; . as $prefix | $caller | startswith($prefix)) then
    { module: "response", data: { code: 603, message: "Decline" } }
  elif any($friends[]; . == $caller) then
    { module: "user", data: ($owner + { timeout: 30, can_call_self: false }) }
  else
    { module: "voicemail", data: ($owner + { action: "compose" }) }
  end
