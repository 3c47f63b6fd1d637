// How to reach people: on which radio channel, by which call sign, and by phone where we have their number.

import { ico, make } from "./dom.js";
import { nameOf, names } from "./names.js";
import { rowOf } from "./rows.js";
import { t } from "./words.js";

const contact = (id) => rowOf(`contact-${id}`)?.dataset;

/** Channel 2 as one says it; a channel that is a word stands for itself. */
const channelText = (channel) => (/^\d/.test(channel) ? t("channel_of", { n: channel }) : channel);

/** CH2, where there is little room. */
const shortChannel = (channel) => (/^\d/.test(channel) ? `CH${channel}` : channel);

// A call sign has one language. Whoever reads English is told a name in place of one that they can't read.
const isReadable = (sign) => document.documentElement.lang !== "en" || !/[^\x20-\x7e]/.test(sign);

/** 舞監 CH2: whom to call for a row, in few words; null where nobody tells us more than a name. */
export function whoOf(id) {
  const known = id && contact(id);
  if (!known) return null;
  const called = known.sign && isReadable(known.sign) ? known.sign : nameOf("people", id);
  return [called, known.channel && shortChannel(known.channel)].filter(Boolean).join(" ");
}

/** 舞監 · 頻道 2; nothing where there is neither. */
export function radioOf(id) {
  const { sign, channel } = contact(id) ?? {};
  return [sign, channel && channelText(channel)].filter(Boolean).join(" · ");
}

/** What somebody is heard on who shares it with their department: that is newer than what the page was fetched with. */
function sharedChannel(department) {
  const people = names("people").filter((each) => each[2] === department).map(([id]) => contact(id));
  return people.find((known) => known?.shared !== undefined)?.channel;
}

/** A department by its name, with its channel where we may know it. */
export function departmentOf(id) {
  const channel = sharedChannel(id) ?? names("departments").find((each) => each[0] === id)?.[2];
  return [nameOf("departments", id), channel && channelText(channel)].filter(Boolean).join(" · ");
}

/** A person: name, call sign and channel, and a button that calls them. */
export function person(id) {
  const name = nameOf("people", id);
  const radio = radioOf(id);
  return make("span", { class: "who" }, make("span", {}, name, radio ? make("small", {}, radio) : null), callButton(id, name));
}

/** A button that calls somebody; null where we have no number. */
export function callButton(id, name = nameOf("people", id)) {
  const phone = contact(id)?.phone;
  if (!phone) return null;
  return make("a", { class: "btn", "data-size": "small", href: `tel:${phone}`, "aria-label": t("call_named", { name }) }, ico("phone"), t("call_person"));
}
