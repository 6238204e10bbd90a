import { answered } from './shared/answered.js';
import moment from 'moment-timezone/builds/moment-timezone-with-data-10-year-range';

const INSTANTS = ['2026-01-15T14:30:00Z', '2026-03-08T07:00:00Z', '2026-07-04T00:00:00Z'];
const ZONES = ['America/New_York', 'Europe/London', 'Asia/Kathmandu', 'Australia/Sydney'];
const cases = [
  ...ZONES.flatMap(zone => INSTANTS.map(instant => () => moment(instant).tz(zone).format('dddd, MMMM Do YYYY, h:mm:ss a z Z'))),
  () => moment.tz.guess(),
  () => moment.tz('2026-01-15 09:30', 'America/New_York').toISOString(),
  () => moment.tz('2026-03-29 02:30', 'Europe/Berlin').format(),
  () => moment('2026-01-15T14:30:00Z').tz('America/New_York').hour(),
  () => moment('2026-01-15T14:30:00').format(),
  () => moment.duration(90, 'minutes').humanize(),
  () => moment.tz('2026-01-15', 'UTC').isoWeekday(),
  () => moment.utc('2026-01-15').isBetween('2026-01-01', '2026-02-01'),
];

export default answered(cases);
