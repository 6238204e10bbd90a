-- The function's `timezone`, else its account's, decides what time it is.
local holidays = { ['01-01'] = true, ['07-04'] = true, ['12-25'] = true }
local now = os.date('*t')
local is_weekday = now.wday >= 2 and now.wday <= 6
if is_weekday and not holidays[os.date('%m-%d')] and now.hour >= 9 and now.hour < 17 then
  return { module = 'ring_group', data = { endpoints = { { endpoint_type = 'group', id = 'sales' } }, timeout = 25 } }
end
return {
  module = 'tts',
  data = { text = 'It is ' .. os.date('%H:%M') .. '. We are open from nine to five, Monday to Friday.' },
  children = { _ = { module = 'hangup', data = {} } },
}
