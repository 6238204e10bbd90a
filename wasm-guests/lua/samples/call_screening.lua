-- Who may ring, who may leave a message, and who is not wanted.
local friends = { ['+14158867900'] = true, ['+14155550100'] = true }
local unwanted = { '+1900', '+44870' }
local caller = call['Caller-ID-Number'] or ''
for _, prefix in ipairs(unwanted) do
  if caller:sub(1, #prefix) == prefix then
    log.warn('refused', caller)
    return { module = 'response', data = { code = 603, message = 'Decline' } }
  end
end
if friends[caller] then
  return { module = 'user', data = { id = call['Owner-ID'], timeout = 30, can_call_self = false } }
end
return { module = 'voicemail', data = { id = call['Owner-ID'], action = 'compose' } }
