// The function's `timezone`, else its account's, decides what time it is.
const holidays = ['01-01', '07-04', '12-25'];
const now = new Date();
const two = (number) => String(number).padStart(2, '0');
const date = two(now.getMonth() + 1) + '-' + two(now.getDate());
const weekday = now.getDay() >= 1 && now.getDay() <= 5;
if (weekday && !holidays.includes(date) && now.getHours() >= 9 && now.getHours() < 17) {
  return { module: 'ring_group', data: { endpoints: [{ endpoint_type: 'group', id: 'sales' }], timeout: 25 } };
}
return {
  module: 'tts',
  data: { text: 'It is ' + two(now.getHours()) + ':' + two(now.getMinutes()) + '. We are open from nine to five, Monday to Friday.' },
  children: { _: { module: 'hangup', data: {} } },
};
