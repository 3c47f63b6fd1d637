// Which microphones a sound cell speaks of, in Chinese and English, as "kind number": "hand 1", "clip 2", "lectern".
//
// Recognised: 手麥, 手持麥克風, handheld, hand mic, HH · 頭戴麥, 頭麥, 耳麥, headset, head mic · 領夾麥, 胸麥, 小蜜蜂, lav,
// lavalier, lapel mic, clip mic · 麥克風, 無線麥, 麥, mic, microphone, each with numbers behind it ("手麥 1、2", "mics 1 and 3",
// "麥 1–4", "麥克風 4 號", "Mic #3") or before it ("4 號麥", "1、2 號手麥"); 講台麥, 講桌麥, lectern or podium mic with or
// without one. A number of pieces ("手麥 2 支", "人聲麥 2 支") or a time ("手麥 14:20") is none, and a microphone without a
// number could be any.

const KINDS = {
  lectern: "(?:講台|講桌|演講台|致詞台)(?:麥克風|麥)|(?<![a-z])(?:lectern|podium) ?(?:mic(?:rophone)?s?)(?![a-z])",
  hand: "(?:無線)?手(?:持式?)?(?:麥克風|麥)|手持(?!式|麥)|(?<![a-z])hand-?(?: ?held)?s? ?mic(?:rophone)?s?(?![a-z])|(?<![a-z])hand-? ?helds?(?![a-z])|(?<![a-z])hh(?![a-z])",
  head: "(?:頭戴式?|頭|耳)(?:麥克風|麥)|(?<![a-z])head-? ?(?:sets?|worn)?(?: ?mic(?:rophone)?s?)(?![a-z])|(?<![a-z])headsets?(?![a-z])",
  clip: "(?:領夾式?|胸)(?:麥克風|麥)|小蜜蜂|(?<![a-z])(?:lapel|clip|lav|lavs|lavaliers?)(?:-on)?(?: ?mic(?:rophone)?s?)?(?![a-z])",
  mic: "(?:無線)?(?:麥克風|麥)|(?<![a-z])mic(?:rophone)?s?(?![a-z])",
};
const NAMES = Object.entries(KINDS).map(([kind, names]) => `(?<${kind}>${names})`).join("|");
const NUMBER = "\\d{1,2}(?!\\d)(?: ?號)?";
const JOINT = " ?(?:[、,&+/~–—-]|和|與|及|跟|至|到|(?<![a-z])(?:and|to)(?![a-z])) ?";
const LIST = `${NUMBER}(?:${JOINT}#?${NUMBER})*`;
const BEFORE = `(?<before>(?<!\\d)\\d{1,2}(?:${JOINT}\\d{1,2})*) ?號 ?`;
const BEHIND = ` ?(?:#|no\\.?|號碼)? ?(?<behind>${LIST})`;
const SAID = new RegExp(`(?:${BEFORE})?(?:${NAMES})(?:${BEHIND})?`, "gu");
// What makes a number one of pieces, or of time.
const UNIT = /^ ?(?:[支隻個組副套位軌]|[x×:分秒'"′″%]|pcs|pieces|ch(?![a-z])|db|min|sec)/u;
const RANGE = /(\d+)(?: ?號)? ?(?:[~–—-]|至|到|to) ?#?(\d+)/gu;
const MOST = 24;

/** The microphones of a text, each once, in the order in which they are named. */
export function microphones(text) {
  const found = new Set();
  const plain = text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ");
  for (const { 0: whole, index, groups } of plain.matchAll(SAID)) {
    const kind = Object.keys(KINDS).find((each) => groups[each]);
    const rest = plain.slice(index + whole.length);
    const numbers = [...numbersOf(groups.before ?? ""), ...numbersOf(counted(groups.behind ?? "", rest))];
    for (const number of numbers) found.add(`${kind} ${number}`);
    if (kind === "lectern" && !numbers.length) found.add(kind);
  }
  return [...found];
}

/** The list without its last number, if what follows makes that a count or a time. */
const counted = (list, rest) => (UNIT.test(rest) && !list.endsWith("號") ? list.replace(/#?\d+$/u, "") : list);

function numbersOf(list) {
  const spread = list.replaceAll(RANGE, (whole, from, to) => range(Number(from), Number(to)) ?? whole);
  return (spread.match(/\d+/gu) ?? []).map(Number).filter(Boolean);
}

function range(from, to) {
  if (to < from || to - from > MOST) return null;
  return Array.from({ length: to - from + 1 }, (_, step) => from + step).join(" ");
}
