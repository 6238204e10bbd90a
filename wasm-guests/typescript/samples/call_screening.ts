// Who may ring, who may leave a message, and who is not wanted.
const friends = ['+14158867900', '+14155550100'];
const unwanted = ['+1900', '+44870'];

export default function (call: Call): Flow {
  const caller = call['Caller-ID-Number'] || '';
  if (unwanted.some((prefix) => caller.startsWith(prefix))) {
    console.warn('refused', caller);
    return { module: 'response', data: { code: 603, message: 'Decline' } };
  }
  if (friends.includes(caller)) {
    return { module: 'user', data: { id: call['Owner-ID'], timeout: 30, can_call_self: false } };
  }
  return { module: 'voicemail', data: { id: call['Owner-ID'], action: 'compose' } };
}
