// The band on Now, for those who decide: which plans, by when, how long that is, and who decides.

import { now } from "./clock.js";
import { mark, out, write } from "./dom.js";
import { clock, countdown } from "./format.js";
import { may, me } from "./me.js";
import { nameOf } from "./names.js";
import { isPending } from "./op.js";
import { page } from "./page.js";
import { maySwitch, variantOn, variants } from "./variants_read.js";
import { t } from "./words.js";

const AHEAD_MS = 12 * 3_600_000;
// Who hasn't decided by then has decided: the plan as it is goes on.
const AFTER_MS = 3_600_000;

const isConcerned = (variant) => Boolean(me()) && (may("call_show") || maySwitch(variant));

function isDue(variant) {
  const left = variant.decide === null ? null : variant.decide - now();
  return left !== null && left <= AHEAD_MS && left > -AFTER_MS && !variantOn(variant.day) && isConcerned(variant);
}

/** The plans that are decided on together, the most pressing ones; none if nothing is due. */
export function due() {
  const all = variants().filter(isDue).sort((one, other) => one.decide - other.decide);
  return all.filter(({ decide, day, group }) => decide === all[0].decide && day === all[0].day && group === all[0].group);
}

export function showDue() {
  const band = out("plan-due");
  const plans = due();
  band.hidden = plans.length === 0;
  if (band.hidden) return;
  const [{ decide, group, decider, id }] = plans;
  const left = decide - now();
  band.dataset.variantsOpen = id;
  mark(band, "data-tone", left > 0 ? "standby" : "stop");
  write(out("due-plans"), `${group} ${plans.map(({ plan }) => plan).join("/")}`);
  write(out("due-by"), t("plan_by", { time: clock(decide, page.zone) }));
  write(out("due-left"), plans.some((plan) => isPending(`variant-${plan.id}`)) ? t("pending") : t(left > 0 ? "plan_left" : "plan_over", { time: countdown(Math.abs(left)) }));
  write(out("due-who"), decider ? t("plan_who", { name: nameOf("people", decider) }) : "");
}
