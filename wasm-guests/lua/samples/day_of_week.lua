-- The day where the function's time zone is.
return { module = 'tts', data = { text = os.date('%A') .. ' fun day!' } }
