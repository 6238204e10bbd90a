//! Properties of `Intl` beyond node's answers: snapshots, time zones of calls, deliberate differences, hostile code.

use serde_json::json;

use crate::{failure, result, result_in};

#[tokio::test]
async fn an_office_in_new_york_is_open_at_half_past_nine() {
    let hours =
        "const hour = Number(new Date(Date.UTC(2026, 0, 15, 14, 30)).toLocaleString('en-US', {
        timeZone: 'America/New_York', hour: 'numeric', hour12: false}));
        return hour >= 9 && hour < 17;";
    assert_eq!(result(hours).await, json!(true));
}

#[tokio::test]
async fn twelve_hours_are_told_as_people_do() {
    let source = "const time = new Date(Date.UTC(2026, 0, 15, 0, 30));
        const write = (locale, hour12) => time.toLocaleTimeString(locale, {timeZone: 'UTC', timeStyle: 'short', hour12});
        return [write('en-US', false), write('de', true), write('ja', true), write('fr', false)];";
    assert_eq!(
        result(source).await,
        json!(["00:30", "12:30 AM", "午前0:30", "00:30"])
    );
}

#[tokio::test]
async fn formats_of_the_set_up_have_the_time_zone_of_the_call() {
    let source = "const format = new Intl.DateTimeFormat('en-GB', {dateStyle: 'short', timeStyle: 'short'});
        const there = new Intl.DateTimeFormat('en-GB', {timeStyle: 'short', timeZone: 'Asia/Tokyo'});
        export default () => [format.format(0), format.resolvedOptions().timeZone, there.format(0), new Date(0).toLocaleTimeString('en-GB')];";
    assert_eq!(
        result_in(source, &[("TZ", "America/New_York")]).await,
        json!(["31/12/1969, 19:00", "America/New_York", "09:00", "19:00:00"])
    );
    assert_eq!(
        result_in(source, &[]).await,
        json!(["01/01/1970, 00:00", "UTC", "09:00", "00:00:00"])
    );
}

#[tokio::test]
async fn historic_offsets_have_their_seconds() {
    let source = "const write = (timeZone, year) => new Date(Date.UTC(year, 0, 1)).toLocaleString('en-GB', {
            timeZone, timeStyle: 'medium'});
        return [write('Europe/Paris', 1900), write('America/New_York', 1880), write('Africa/Monrovia', 1950)];";
    assert_eq!(
        result(source).await,
        json!(["00:09:21", "19:03:58", "23:15:30"])
    );
}

#[tokio::test]
async fn locales_that_there_are_not_are_the_nearest_that_there_are() {
    let source = "return ['de-LU', 'zh-HK', 'zh-SG', 'es-PE', 'en-ZW', 'tlh', 'sw-KE']
        .map(locale => new Intl.NumberFormat(locale).resolvedOptions().locale);";
    assert_eq!(
        result(source).await,
        json!(["de", "zh-Hant", "zh", "es-419", "en-001", "en-US", "en-US"])
    );
}

#[tokio::test]
async fn calendars_that_there_are_not_are_that_of_the_locale() {
    let source = "return ['hebrew', 'buddhist', 'gregory'].map(calendar => new Intl.DateTimeFormat('en', {calendar}).resolvedOptions().calendar);";
    assert_eq!(
        result(source).await,
        json!(["gregory", "gregory", "gregory"])
    );
}

#[tokio::test]
async fn what_options_throw_is_thrown() {
    let source = "for (const make of [
            () => new Intl.DateTimeFormat('en', {get year() { throw new Error('mine'); }}),
            () => new Intl.NumberFormat('en', {get style() { throw new Error('mine'); }}),
            () => new Intl.PluralRules({get length() { throw new Error('mine'); }}),
            () => new Intl.DateTimeFormat('en', {timeZone: {toString() { throw new Error('mine'); }}}),
            () => new Intl.NumberFormat('en').format({valueOf() { throw new Error('mine'); }}),
        ]) {
            try { make(); return 'nothing thrown'; } catch (error) { if (error.message !== 'mine') return String(error); }
        }
        return 'all';";
    assert_eq!(result(source).await, json!("all"));
}

#[tokio::test]
async fn huge_texts_are_refused_with_a_name() {
    let source = "const long = 'a'.repeat(1e5);
        const thrown = [];
        for (const make of [
            () => Intl.getCanonicalLocales(long),
            () => Intl.getCanonicalLocales('en' + '-abcde'.repeat(1e4)),
            () => new Intl.DateTimeFormat('en-x-' + long),
            () => new Intl.DateTimeFormat('en', {timeZone: long}),
            () => new Intl.DateTimeFormat('en', {month: long}),
            () => new Intl.DateTimeFormat('en', {calendar: long}),
            () => new Intl.NumberFormat('en', {style: 'currency', currency: long}),
            () => new Intl.NumberFormat('en', {style: 'unit', unit: long}),
            () => new Intl.NumberFormat('en', {numberingSystem: '\\ud800'}),
            () => Intl.supportedValuesOf(long),
            () => new Intl.DateTimeFormat(Array.from({length: 1e3}, () => '\\ud800')),
            () => new Intl.Collator('de', {collation: long}),
            () => 'a'.localeCompare('b', long),
            () => 'a'.toLocaleUpperCase(long),
            () => new Intl.Locale(long),
            () => new Intl.Locale('de', {language: long}),
            () => new Intl.Locale('de', {variants: 'abcde-'.repeat(1e4)}),
            () => new Intl.Locale('de', {calendar: 'abc-'.repeat(1e4) + 'abc'}),
            () => new Intl.DisplayNames('en', {type: 'calendar'}).of(long),
            () => new Intl.DurationFormat('en').format(long),
        ]) {
            try { make(); thrown.push('nothing'); } catch (error) { thrown.push(error.name + (error.message.length < 300 ? '' : ' of many words')); }
        }
        return [...new Set(thrown)];";
    assert_eq!(result(source).await, json!(["RangeError"]));
}

#[tokio::test]
async fn numbers_of_any_length_are_written() {
    let source = "const format = new Intl.NumberFormat('en', {maximumFractionDigits: 100});
        return [format.format('1'.repeat(5000)).length, format.format('1e100000'), format.format('-1e-100000'), format.format(5e-324).length,
            new Intl.NumberFormat('en', {notation: 'compact'}).format('9'.repeat(400)).length, format.format(2n ** 1000n).length,
            new Intl.PluralRules('ar').select(1e300)];";
    assert_eq!(
        result(source).await,
        json!([6666, "∞", "-0", 1, 519, 402, "other"])
    );
}

#[tokio::test]
async fn a_loop_of_formats_costs_fuel_and_ends() {
    let failed =
        failure("for (;;) new Intl.DateTimeFormat('en', {dateStyle: 'full'}).format(0)").await;
    assert_eq!(failed.class, switchhook_runtime::Class::FuelExhausted);
}

#[tokio::test]
async fn orders_are_compared_in_the_set_up_and_in_calls() {
    let source = "const swedish = new Intl.Collator('sv');
        const sorted = ['zebra', 'ö', 'å', 'ä'].sort(swedish.compare);
        export default () => [sorted.join(''), ['ö', 'zebra', 'ä', 'å'].sort(swedish.compare).join(''), 'ä'.localeCompare('z')];";
    assert_eq!(result(source).await, json!(["zebraåäö", "zebraåäö", -1]));
}

#[tokio::test]
async fn collations_that_there_are_not_are_those_of_the_locale_or_of_all() {
    let source = "const resolved = (tag, options) => new Intl.Collator(tag, options).resolvedOptions();
        return [resolved('de-u-co-eor').collation, resolved('zh-u-co-zhuyin').collation, resolved('zh-u-co-stroke').collation,
            'ä'.localeCompare('ae', 'de', {usage: 'search', sensitivity: 'base'}), ['한', 'a', '가', '字'].sort(new Intl.Collator('ko').compare).join('')];";
    assert_eq!(
        result(source).await,
        json!(["default", "default", "stroke", -1, "가한字a"])
    );
}

#[tokio::test]
async fn texts_of_any_length_and_half_characters_are_compared_and_taken_apart() {
    let source = "const long = 'ab '.repeat(1e4);
        return ['\\ud800'.localeCompare('\\ud801'), (long + 'a').localeCompare(long + 'b'), '\\ud83d'.localeCompare('a'),
            [...new Intl.Segmenter().segment('\\ud800a\\ud83d')].length,
            [...new Intl.Segmenter('en', {granularity: 'word'}).segment(long)].length, new Intl.Segmenter().segment(long).containing(29999).index];";
    assert_eq!(result(source).await, json!([0, -1, 1, 3, 20_000, 29_999]));
}

#[tokio::test]
async fn durations_of_any_size_are_written_exactly_or_refused() {
    let source = "const digital = new Intl.DurationFormat('en', {style: 'digital'});
        const thrown = [];
        for (const duration of [{years: 2 ** 32}, {seconds: 2 ** 53}, {nanoseconds: 1e300}, {hours: Infinity}, {days: 1, hours: -1}, {minutes: 0.5}]) {
            try { thrown.push(digital.format(duration)); } catch (error) { thrown.push(error.name); }
        }
        return [digital.format({seconds: 2 ** 53 - 1, nanoseconds: 1}), digital.format({milliseconds: 1e12, nanoseconds: -0}), ...new Set(thrown)];";
    assert_eq!(
        result(source).await,
        json!([
            "0:00:9007199254740991.000000001",
            "0:00:1000000000",
            "RangeError"
        ])
    );
}

#[tokio::test]
async fn words_that_only_dictionaries_know_are_taken_apart_by_the_rules() {
    let source = "const words = text => [...new Intl.Segmenter('ja', {granularity: 'word'}).segment(text)].map(({segment}) => segment);
        return [words('今日は'), words('สวัสดีครับ')];";
    assert_eq!(result(source).await, json!([["今日は"], ["สวัสดีครับ"]]));
}

#[tokio::test]
async fn methods_of_others_objects_are_refused() {
    let source = "const thrown = [];
        for (const make of [
            () => Intl.DateTimeFormat.prototype.format,
            () => Intl.NumberFormat.prototype.resolvedOptions.call(new Intl.DateTimeFormat()),
            () => Intl.PluralRules.prototype.select.call(Object.create(Intl.PluralRules.prototype), 1),
            () => BigInt.prototype.toLocaleString.call(1),
        ]) {
            try { make(); thrown.push('nothing'); } catch (error) { thrown.push(error.name); }
        }
        return [...new Set(thrown)];";
    assert_eq!(result(source).await, json!(["TypeError"]));
}
