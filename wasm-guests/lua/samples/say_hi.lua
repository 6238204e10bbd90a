local name = call['Caller-ID-Name']
if not name or name == '' then name = 'friend' end
return { module = 'tts', data = { text = 'Thanks for calling us, ' .. name } }
