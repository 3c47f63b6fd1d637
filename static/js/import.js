// Bringing a run sheet in: send a file, follow what becomes of it, look, bring it in, take it out again.

import { now, onTick } from "./clock.js";
import { show } from "./dom.js";
import { clock } from "./format.js";
import * as hold from "./hold.js";
import * as compare from "./import-compare.js";
import * as form from "./import-form.js";
import * as jobs from "./import-jobs.js";
import * as upload from "./import-upload.js";
import * as link from "./link.js";
import { connect } from "./live.js";
import { page } from "./page.js";

for (const part of [link, hold, jobs, upload, form, compare]) part.start();
onTick(() => show("clock", clock(now(), page.zone, null, true)));
connect();
