# The day where the function's time zone is.
{ module: "tts", data: { text: (now | strflocaltime("%A") + " fun day!") } }
