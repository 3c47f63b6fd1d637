// The phone's one document: begin everything, in the order in which one thing needs the other.

import * as acts from "./acts.js";
import * as alarms from "./alarms.js";
import * as attention from "./attention.js";
import * as awake from "./awake.js";
import * as call from "./call.js";
import * as choose from "./choose.js";
import * as detail from "./detail.js";
import * as detailCall from "./detail_call.js";
import * as early from "./now_early.js";
import * as empty from "./empty.js";
import * as filters from "./filters.js";
import * as fold from "./fold.js";
import { rememberZone } from "./format.js";
import * as halt from "./halt.js";
import * as foresee from "./foresee.js";
import * as hold from "./hold.js";
import * as inherit from "./inherit.js";
import "./install.js";
import * as keys from "./keys.js";
import * as lanes from "./lanes.js";
import { mayOpen } from "./leave.js";
import * as link from "./link.js";
import { isSet, now as serverNow } from "./clock.js";
import { connect } from "./live.js";
import * as me from "./me.js";
import * as moments from "./moments.js";
import * as mine from "./mine.js";
import * as more from "./more.js";
import * as my from "./my.js";
import * as news from "./news.js";
import * as newer from "./newer.js";
import * as now from "./now.js";
import { page } from "./page.js";
import "./track.js";
import * as paint from "./paint.js";
import * as peers from "./peers.js";
import * as pending from "./pending.js";
import { restore, settleLoose } from "./rows.js";
import * as rehearsalBand from "./rehearsal_band.js";
import * as screens from "./screens.js";
import * as sheet from "./sheet.js";
import { hear, tell } from "./signal.js";
import * as op from "./op.js";
import * as shell from "./shell.js";
import * as stay from "./stay.js";
import * as strip from "./strip.js";
import * as tail from "./tail.js";
import * as version from "./version.js";
import * as later from "./later.js";
import * as signOut from "./sign-out.js";
import * as tray from "./tray.js";
import * as trust from "./trust.js";

// When a start is long over.
const QUIET_MS = 4000;
const UNSEEN_MS = 200;

await mayOpen();
performance.mark("fieldcue:load");
const loading = tail.load();
settleLoose();
const held = await loading;
restore(held.rows);
performance.mark("fieldcue:restored");
link.begin(held.at);
early.start();
for (const part of [screens, attention, awake, choose, hold, link, trust, pending, tray, signOut, strip, now, call, paint, my, more, newer, empty, lanes, peers, alarms, inherit, stay, acts, rehearsalBand]) part.start();
foresee.start();
sheet.start();
for (const part of [halt, filters, mine, fold, detail, detailCall, keys, news, moments, version]) part.start();
// Whose page it is, once all that hears it knows the rows.
me.start();
tell("screen", { screen: screens.screen(), before: null, isNew: true });
appear();
await painted();
op.start();
later.start();
connect(held.cursor);
shell.start();
setTimeout(() => rememberZone(page.zone, serverNow()), QUIET_MS);

/** When what stands there now can be seen; soon after, where nobody looks. */
function painted() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, UNSEEN_MS);
  });
}

/** Show the page when its times are right: at once where the server's time is known, else when it says hello. */
function appear() {
  const ready = () => {
    if (document.body.dataset.ready === "") return;
    document.body.dataset.ready = "";
    early.end();
    tell("ready");
  };
  if (isSet()) ready();
  hear("link", ({ is }) => is === "on" && ready());
  setTimeout(ready, 1000);
}
