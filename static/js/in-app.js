// Browsers inside other apps. They keep cookies apart from the phone's own browser, so whoever joins in one is lost
// as soon as the app closes it.

const LINE = /\bLine\//;
// Each names itself in its User-Agent: Facebook and Messenger, Instagram, Threads, WeChat and QQ, X, TikTok, KakaoTalk,
// Snapchat, LinkedIn, Pinterest, Telegram, Zalo, Weibo, Naver, the Google app.
const OTHERS = new RegExp(
  [
    "\\bFB(AN|AV|_IAB)\\b", "\\bFBIOS\\b", "MessengerForiOS", "\\bInstagram\\b", "\\bBarcelona\\b", "MicroMessenger", "\\bQQ/",
    "\\bTwitter", "\\bmusical_ly", "BytedanceWebview", "\\bTikTok", "KAKAOTALK", "Snapchat", "LinkedInApp", "\\[Pinterest/",
    "\\bTelegram", "\\bZalo\\b", "\\bWeibo", "NAVER\\(inapp", "\\bGSA/",
  ].join("|"),
);
// Any other app on Android says "wv" (developer.chrome.com, “WebView user-agent”); on iOS it leaves out "Safari/", and
// so does a page that was put on the home screen, which is no app's.
const WEBVIEW = /; wv\)|\((?:iPhone|iPad|iPod)[^)]*\) AppleWebKit\/(?!.*Safari\/)/;

/** "line", "in-app" or "" for a User-Agent. */
export function inApp(agent, isOnHomeScreen = navigator.standalone === true) {
  if (LINE.test(agent)) return "line";
  return OTHERS.test(agent) || (!isOnHomeScreen && WEBVIEW.test(agent)) ? "in-app" : "";
}

/** The address that LINE opens in the phone's own browser (developers.line.biz, “LINE URL scheme”). */
export function outOfLine(path, fragment) {
  return `${path}${path.includes("?") ? "&" : "?"}openExternalBrowser=1${fragment}`;
}
