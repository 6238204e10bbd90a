import { answered } from './shared/answered.js';
import { CronExpressionParser } from 'cron-parser';

const EXPRESSIONS = ['0 9 * * 1-5', '*/15 * * * *', '0 0 1 * *', '30 2 * * *', '0 12 * * 0#2', '0 0 L * *'];
const ZONES = ['America/New_York', 'Europe/Berlin', 'UTC'];
const cases = EXPRESSIONS.flatMap(expression => ZONES.map(tz => () =>
  CronExpressionParser.parse(expression, { tz, currentDate: '2026-03-07T12:00:00Z' }).take(4).map(date => date.toISOString())));

export default answered(cases);
