// What a caller last told a track's host in silence: as its row has it, and in words.

import { rowOf } from "./rows.js";
import { trackOf } from "./sheet.js";
import { t } from "./words.js";

/** The signal on a track: {track, sign, minutes, by, at, sent, reply, replier, replied}, moments in ms; null without one. */
export function signalOn(track) {
  const row = rowOf(`signal-${track}`);
  if (!row) return null;
  const { sign, minutes, cue, by, at, sent, reply, replier, replied } = row.dataset;
  return { track, sign, minutes, cue, by, at: Number(at), sent: Number(sent), reply, replier, replied: Number(replied) };
}

/** Whether what ran when it was sent has ended: then nobody should act on it any more. */
export const isOutdated = ({ track, cue }) => (trackOf(track)?.current ?? "") !== cue;

/** 拉長 3 分. */
export const wordOf = ({ sign, minutes }) => (minutes ? t("silent_stretch_by", { n: minutes }) : t(`silent_${sign}`));
