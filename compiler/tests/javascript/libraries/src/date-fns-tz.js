import { answered } from './shared/answered.js';
import { addBusinessDays, format as formatLocal, isWithinInterval, nextMonday, setHours } from 'date-fns';
import { de } from 'date-fns/locale';
import { formatInTimeZone, fromZonedTime, getTimezoneOffset, toZonedTime } from 'date-fns-tz';

const INSTANTS = ['2026-01-15T14:30:00Z', '2026-03-08T07:00:00Z', '2026-07-04T00:00:00Z'];
const ZONES = ['America/New_York', 'Europe/London', 'Asia/Kathmandu'];
const cases = [
  ...ZONES.flatMap(zone => INSTANTS.map(instant => () => formatInTimeZone(instant, zone, "yyyy-MM-dd'T'HH:mm:ssXXX zzz"))),
  () => formatInTimeZone('2026-01-15T14:30:00Z', 'America/New_York', 'zzzz'),
  () => formatInTimeZone('2026-01-15T14:30:00Z', 'Europe/Berlin', 'EEEE, d. MMMM yyyy HH:mm', { locale: de }),
  () => fromZonedTime('2026-01-15 09:30', 'America/New_York').toISOString(),
  () => fromZonedTime('2026-03-29 02:30', 'Europe/Berlin').toISOString(),
  () => toZonedTime('2026-01-15T14:30:00Z', 'Asia/Tokyo').getHours(),
  () => getTimezoneOffset('America/New_York', new Date('2026-07-01T00:00:00Z')),
  () => getTimezoneOffset('Nowhere/Land'),
  () => formatLocal(addBusinessDays(new Date(2026, 0, 16, 9), 1), 'yyyy-MM-dd HH:mm'),
  () => formatLocal(nextMonday(new Date(2026, 0, 16)), 'PPPP'),
  () => isWithinInterval(new Date(2026, 0, 16, 12), { start: setHours(new Date(2026, 0, 16), 9), end: setHours(new Date(2026, 0, 16), 17) }),
];

export default answered(cases);
