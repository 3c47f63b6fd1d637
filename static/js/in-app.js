// Browsers inside other apps. They keep cookies apart from the phone's own browser, so whoever joins in one is lost
// as soon as the app closes it.

const LINE = /\bLine\//;
const OTHERS = /\bFB(AN|AV|_IAB)\b|\bFBIOS\b|MessengerForiOS|\bInstagram\b|\bBarcelona\b|MicroMessenger|\bTwitter for|\bmusical_ly|\bBytedanceWebview|KAKAOTALK/;

/** "line", "in-app" or "" for a User-Agent. */
export function inApp(agent) {
  if (LINE.test(agent)) return "line";
  return OTHERS.test(agent) ? "in-app" : "";
}
