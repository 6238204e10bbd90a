{
  module: "tts",
  data: { text: ("Thanks for calling us, " + (."Caller-ID-Name" | if . == null or . == "" then "friend" else . end)) }
}
