// Each line is an expression. `record.js` writes what the newer node makes of it.
Object.getOwnPropertyNames(Intl.Locale.prototype).filter(name => !/^(calendars|collations|hourCycles|numberingSystems|textInfo|timeZones|weekInfo|variants)$/.test(name)).sort()
[Intl.Locale.length, Intl.Locale.name, String(new Intl.Locale('DE-at')), Object.prototype.toString.call(new Intl.Locale('de')), typeof Intl.Locale.supportedLocalesOf]
String(new Intl.Locale('en-latn-us-u-kn-kf-upper-co-phonebk', { language: 'de', script: 'Latn', region: 'AT', calendar: 'buddhist', hourCycle: 'h12', numeric: false, caseFirst: 'false', numberingSystem: 'arab', firstDayOfWeek: 'mon' }))
[0, 1, 7, '3', 'fri', 'later'].map(firstDayOfWeek => String(new Intl.Locale('en', { firstDayOfWeek })))
String(new Intl.Locale(new Intl.Locale('de-CH-u-hc-h12'), { region: 'AT' }))
[new Intl.NumberFormat(new Intl.Locale('de-CH')).resolvedOptions().locale, new Intl.DateTimeFormat([new Intl.Locale('fr')]).resolvedOptions().locale, Intl.getCanonicalLocales([new Intl.Locale('de-u-kn'), 'de'])]
new Intl.Locale('en-GB-oxendict-1994').baseName
new Intl.Locale('en-u-kn-true').numeric
['de-AT', 'ja-JP', 'de', 'tlh'].map(tag => new Intl.Locale(tag).getTimeZones())
[['de', 'Latn'], ['zh', 'Hant'], ['und', 'Thai']].map(([language, script]) => String(new Intl.Locale(language, { script }).maximize()))
new Intl.Locale()
new Intl.Locale(5)
new Intl.Locale('')
new Intl.Locale('de_DE')
Intl.Locale('de')
new Intl.Locale('de', { language: 'x' })
new Intl.Locale('de', { script: 'Latin' })
new Intl.Locale('de', { region: 'Germany' })
new Intl.Locale('de', { hourCycle: 'h13' })
new Intl.Locale('de', { calendar: 'x' })
new Intl.Locale('de', null)
Intl.Locale.prototype.toString.call({})
Intl.Locale.prototype.maximize.call('de')

// DurationFormat
new Intl.DurationFormat('en').resolvedOptions()
new Intl.DurationFormat('de', { style: 'digital', fractionalDigits: 2 }).resolvedOptions()
['long', 'short', 'narrow', 'digital'].map(style => new Intl.DurationFormat('en', { style }).format({ days: 1, hours: 2, minutes: 3, seconds: 4 }))
new Intl.DurationFormat('en', { style: 'digital' }).formatToParts({ hours: 1, minutes: 2, seconds: 3 })
new Intl.DurationFormat('en', { style: 'long', hours: 'numeric', fractionalDigits: 3 }).format({ days: 1, hours: 1, seconds: 5, milliseconds: 6 })
new Intl.DurationFormat('en', { style: 'short', milliseconds: 'numeric' }).format({ seconds: 1, milliseconds: 500, nanoseconds: 1 })
[new Intl.DurationFormat('en').format({ hours: -1, minutes: -30 }), new Intl.DurationFormat('en', { style: 'digital' }).format({ minutes: -30 }), new Intl.DurationFormat('en').format({ hours: 0 })]
new Intl.DurationFormat('en', { hoursDisplay: 'always' }).format({ minutes: -1 })
[Intl.DurationFormat.length, Intl.DurationFormat.name, String(new Intl.DurationFormat()), Object.getOwnPropertyNames(Intl.DurationFormat.prototype).sort().join()]
Intl.DurationFormat.supportedLocalesOf(['de', 'tlh'])
new Intl.DurationFormat('en').format({})
new Intl.DurationFormat('en').format({ hours: 1.5 })
new Intl.DurationFormat('en').format({ hours: 1, minutes: -1 })
new Intl.DurationFormat('en').format({ years: 2 ** 32 })
new Intl.DurationFormat('en').format({ seconds: 2 ** 53 })
new Intl.DurationFormat('en').format('1 hour')
new Intl.DurationFormat('en').format(5)
new Intl.DurationFormat('en').format()
new Intl.DurationFormat('en', { style: 'huge' })
new Intl.DurationFormat('en', { hours: 'numeric', minutes: 'long' })
new Intl.DurationFormat('en', { fractionalDigits: 10 })
new Intl.DurationFormat('en', { years: 'numeric' })
new Intl.DurationFormat('en', null)
Intl.DurationFormat('en')
Intl.DurationFormat.prototype.format.call({}, { hours: 1 })

Object.getOwnPropertyNames(Intl).sort()
