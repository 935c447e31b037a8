// The public form, made kinder where scripts run: what was typed is kept, conditions act at once. Nothing depends on it.
"use strict";
