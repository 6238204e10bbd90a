import { answered } from './shared/answered.js';
import { AsYouType, isValidPhoneNumber, parsePhoneNumber } from 'libphonenumber-js';

const NUMBERS = ['+14158867900', '+442079460958', '+4930123456', '+33142685300', '+81312345678', '+5511912345678', '+972501234567', '+380441234567', '+61291234567', '+919876543210', '+1415', '+999123'];
const cases = [
  ...NUMBERS.map(number => () => isValidPhoneNumber(number)),
  ...NUMBERS.slice(0, 10).flatMap(number => [() => parsePhoneNumber(number).country ?? null, () => parsePhoneNumber(number).formatInternational(), () => parsePhoneNumber(number).formatNational()]),
  () => parsePhoneNumber('(415) 886-7900', 'US').number,
  () => new AsYouType('US').input('4158867900'),
];

export default answered(cases);
