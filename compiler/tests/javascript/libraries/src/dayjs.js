import { answered } from './shared/answered.js';
import dayjs from 'dayjs';
import 'dayjs/locale/de';
import advancedFormat from 'dayjs/plugin/advancedFormat';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';

dayjs.extend(utc);
dayjs.extend(timezone);
dayjs.extend(advancedFormat);

const INSTANTS = ['2026-01-15T14:30:00Z', '2026-03-08T06:59:59Z', '2026-03-08T07:00:00Z', '2026-07-04T00:00:00Z', '1999-12-31T23:59:59Z'];
const ZONES = ['America/New_York', 'Europe/London', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca'];
const cases = [
  ...ZONES.flatMap(zone => INSTANTS.map(instant => () => dayjs(instant).tz(zone).format())),
  () => dayjs.tz('2026-01-15 09:30', 'America/New_York').toISOString(),
  () => dayjs.tz('2026-03-29 02:30', 'Europe/Berlin').toISOString(),
  () => dayjs.tz('2026-10-25 02:30', 'Europe/Berlin').toISOString(),
  () => dayjs.tz('2026-07-15 09:30', 'Asia/Tokyo').utc().format(),
  () => dayjs('2026-01-15T14:30:00Z').tz('America/New_York').format('z zzz'),
  () => dayjs('2026-01-15T14:30:00Z').tz('America/New_York').hour(),
  () => dayjs('2026-01-15T14:30:00Z').tz('Europe/Berlin').locale('de').format('dddd, D. MMMM YYYY HH:mm'),
  () => dayjs.tz.guess(),
  () => dayjs('2026-01-15T14:30:00').utcOffset(),
];

export default answered(cases);
