import { answered } from './shared/answered.js';
import { RRule, RRuleSet, datetime, rrulestr } from 'rrule';

const until = datetime(2026, 12, 31);
const rule = options => () => new RRule({ dtstart: datetime(2026, 1, 1, 9, 30), count: 5, ...options }).all();
const cases = [
  rule({ freq: RRule.DAILY }),
  rule({ freq: RRule.WEEKLY, byweekday: [RRule.MO, RRule.WE] }),
  rule({ freq: RRule.MONTHLY, bysetpos: -1, byweekday: [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR] }),
  rule({ freq: RRule.YEARLY, bymonth: 11, byweekday: RRule.TH.nth(4) }),
  rule({ freq: RRule.DAILY, tzid: 'America/New_York' }),
  rule({ freq: RRule.WEEKLY, interval: 2, until, tzid: 'Europe/Berlin' }),
  () => new RRule({ freq: RRule.YEARLY, bymonth: 11, byweekday: RRule.TH.nth(4) }).toText(),
  () => new RRule({ freq: RRule.WEEKLY, byweekday: [RRule.MO] }).toString(),
  () => rrulestr('DTSTART:20260101T093000Z\nRRULE:FREQ=DAILY;COUNT=3;INTERVAL=10').all(),
  () => rrulestr('DTSTART;TZID=America/New_York:20260307T093000\nRRULE:FREQ=DAILY;COUNT=3').all(),
  () => {
    const set = new RRuleSet();
    set.rrule(new RRule({ freq: RRule.DAILY, count: 4, dtstart: datetime(2026, 12, 23) }));
    set.exdate(datetime(2026, 12, 25));
    return set.all();
  },
  rule({ freq: RRule.HOURLY, byhour: [9, 12], tzid: 'Asia/Tokyo' }),
  rule({ freq: RRule.MONTHLY, bymonthday: -1 }),
  rule({ freq: RRule.YEARLY, byeaster: 0 }),
  () => new RRule({ freq: RRule.YEARLY, dtstart: datetime(2020, 2, 29) }).after(datetime(2026, 1, 1)),
];

export default answered(cases);
