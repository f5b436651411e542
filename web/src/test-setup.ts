// Node keeps no language: tests read English.

import { overwriteGetLocale } from './lib/i18n/runtime.js';

overwriteGetLocale(() => 'en');
