// The locales that the guest has. Each costs some 30 to 60 KB.
export const LOCALES = ['ar', 'ar-EG', 'ar-SA', 'cs', 'da', 'de', 'de-AT', 'de-CH', 'el', 'en', 'en-001', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ',
  'en-ZA', 'es', 'es-419', 'es-AR', 'es-CL', 'es-CO', 'es-MX', 'es-US', 'fi', 'fr', 'fr-BE', 'fr-CA', 'fr-CH', 'he', 'hi', 'id', 'it', 'it-CH', 'ja', 'ko', 'nb', 'nl',
  'nl-BE', 'pl', 'pt', 'pt-PT', 'ru', 'sv', 'th', 'tr', 'uk', 'vi', 'zh', 'zh-Hant'];
