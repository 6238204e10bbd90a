{
  module: "tts",
  data: { text: ("Thanks for calling us, " + (."Caller-ID-Name" // "friend")) }
}
