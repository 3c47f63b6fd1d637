"""What people write above the columns of a run sheet, in the languages in which we have met it."""

import re
import unicodedata
from functools import cache

from server.runsheet.sheet_columns import DERIVED, HEADINGS

_MET = (
    "ignore", "number", "title", "title_en", "title_kind", "segment", "segment_start", "start", "end", "duration",
    "place", "track", "kind", "people", "departments", "note", "meeting", "reading", "line", "day", "colour", "hard",
    "skip", "count_to_end", "column",
)  # fmt: skip
FIELDS = (*_MET, *(each.field for each in HEADINGS if each.field not in (*_MET, *DERIVED)))
"""What a column of the file can become. `column` is one of the event's own columns, or a new one of that heading.
The last ones only sheets of our own have (`own.py`)."""

REPEATABLE = frozenset({"people", "departments", "note"})
"""Fields that several columns of a file may fill together."""

# For each field its headings, the best first: a sheet with both 流程 and 內容 means the former by its title.
_HEADINGS = {
    "number": "項次 編號 序號 序 號 no # cue號 cue編號 cueno cuenumber cue number nr num 流程編號 id item#",
    "title": """流程 節目 title titel 活動名稱 節目名稱 流程項目 名稱 事項 項目 議程 活動 主題 標題 題目 節目內容
        流程內容 program programme activity session event segment topic item subject name 內容 細項 細流 工作項目
        工作內容 任務 what""",
    "title_en": "英文 英文名稱 英文標題 titleen englishtitle english title(en)",
    "title_kind": "形式 節目類型 活動類型 format 演出形式",
    "segment": "大活動名稱 大活動 階段 段落 單元 大項 大流程 主項目 環節 章節 phase section block group part act",
    "segment_start": "大活動時間 大時間 階段時間 phasetime blocktime",
    "start": """開始時間 開始 起始時間 起始 起 timestart starttime start uhrzeit beginn starthour begin from 預計開始
        預定開始 plannedstart 細時間 時間 時刻 時段 time clock zeit 進場起""",
    "end": "結束時間 結束 迄 訖 止 timeend endtime end finish until to ende bis 預計結束 預定結束 plannedend",
    "duration": """時長 長度 時間長度 需時 歷時 所需時間 分鐘 分鐘數 秒數 duration length dur runtime dauer laufzeit
        min mins minutes minuten sec seconds""",
    "place": "地點 場地 區域 位置 地方 場所 place location room venue ort raum saal where zone hall area 教室 會議室",
    "track": "軌 軌道 舞台 分軌 track stage lane strang bühne",
    "kind": "類型 類別 種類 性質 kind type timertype category art",
    "people": """負責人 主責 主負責 主責人 負責 執行人 執行 窗口 owner responsible 講者 講師 speaker speakers presenter
        persons people person vortragende referenten referent who 人員 工作人員 支援 支援人員 協助 協助人員 執行人員""",
    "departments": "組別 負責組別 組別/區域 部門 單位 負責單位 執行單位 負責組 department dept team teams",
    "note": """備註 備注 附註 註記 註 補充 補充說明 注意事項 說明 note notes remark remarks comment comments bemerkung
        bemerkungen description beschreibung abstract untertitel subtitle""",
    "meeting": "集合地點 集合 集合點 集合處 meetingpoint meeting",
    "reading": "讀音 唸法 念法 發音 注音 拼音 pronunciation reading readaloud",
    "line": "口白 cue點 cue詞 提示詞 口白cue spokencue cueline",
    "day": "日期 活動日期 日 天 日程 星期 date day datum tag wochentag weekday",
    "colour": "顏色 色 colour color farbe",
    "hard": "硬時間 固定時間 hard hardtime fixed",
    "skip": "跳過 略過 skip skipped",
    "count_to_end": "counttoend",
}

# Columns that most cue sheets have, with the key that the event's own column of that matter usually has.
_COLUMNS = {
    "host": "主持 主持人 司儀 mc host 主持人/口白 主持/口白 主持稿 司儀稿 講稿 腳本 script 場控/主持",
    "light": "燈光 燈 燈控 light lights lighting lx licht",
    "sound": "音響 音控 音效 麥克風 mic mics audio sound mixer ton 音樂 music audionotes",
    "video": "視訊 視控 vcr 視訊/vcr 影片 螢幕 led 畫面 投影 video visual visuals screen screens videonotes",
    "fx": "特效 效果 fx sfx effects specialeffects pyro 煙火",
    "props": "道具 道具/器材 器材 設備 物資 物品 用品 props prop equipment gear requisiten",
    "crew": "人員/走位 走位 人員走位 talent blocking",
    "camera": "攝影 攝影機 攝像 camera cameras cam kamera",
    "guests": "貴賓 藝人 來賓 貴賓藝人 guests guest artists",
    "announce": "廣播 announcement announcements pa",
    "front": "前場 frontofhouse foh",
    "safety": "安全 safety security",
}

KINDS = {
    "segment": "segment group block section group-start groupstart 段落 階段 大項 大活動 環節 分段 章節",
    "item": "item count-down count-up countdown countup clock none event 項目 節目 流程 一般",
    "cue": "cue milestone 提示 cue點",
    "buffer": "buffer changeover break-buffer turnaround 換場 緩衝 緩衝時間 轉場",
    "delay": "delay 延誤",
    "ignore": "group-end groupend skip",
}
_BUFFER_TITLE = re.compile(
    r"(?:換場|轉場|緩衝|changeover|buffer|turnaround)(?:時間|\stime)?(?:\s*[0-9一二三四五六七八九十]+)?\s*(?:$|[:：(（·/、-])",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[【〔<].*?[)\]】〕>]")
_DROPPED = re.compile(r"[\s_.:*•·－\-]+")
_SPLIT = re.compile(r"[/、&+]|\n")
_SENTENCE, _LONGEST = 40, 200
_LATIN_WORDS = re.compile(r"[a-z]+")


def plain(text: str) -> str:
    """A heading without case, width, spaces, brackets and dots: `長度 (秒)` is 長度."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    bare = _BRACKETS.sub("", folded)
    return _DROPPED.sub("", bare if bare.strip() else folded)


def candidates(heading: str) -> list[tuple[str, str, float]]:
    """Fields that the heading may mean, the likeliest first: (field, key of an event column or "", confidence)."""
    table = _table()
    word = plain(heading)
    found = list(table.get(word, ()))
    if not found:
        pieces = [piece for piece in map(plain, _SPLIT.split(heading)) if piece]
        found = [_less(hit, 0.8) for piece in pieces for hit in table.get(piece, ())]
    return found or [_less(hit, 0.6) for hit in _within(heading)]


def kind_of(text: str) -> str | None:
    """The kind of row that a word of a kind column means."""
    return _kinds().get(plain(text)) or _kinds().get(text.strip().casefold())


def is_buffer(title: str) -> bool:
    """Whether the title alone says that the row is a changeover or a buffer."""
    return bool(_BUFFER_TITLE.match(title))


def _within(heading: str) -> list[tuple[str, str, float]]:
    """A known word within a longer heading: whole words in Latin letters, any part of two characters in Chinese."""
    table, folded = _table(), unicodedata.normalize("NFKC", heading[:_LONGEST]).casefold()
    if len(folded) > _SENTENCE:
        return []
    latin = [hit for word in _LATIN_WORDS.findall(folded) for hit in table.get(word, ())]
    word = plain(heading)
    chinese = [hit for known in _chinese() if known in word for hit in table[known]]
    return sorted([*latin, *chinese], key=lambda hit: (hit[0] != "column", -hit[2]))


def _less(hit: tuple[str, str, float], factor: float) -> tuple[str, str, float]:
    return hit[0], hit[1], round(hit[2] * factor, 3)


@cache
def _table() -> dict[str, list[tuple[str, str, float]]]:
    table: dict[str, list[tuple[str, str, float]]] = {}
    for field, words in _HEADINGS.items():
        for rank, word in enumerate(words.split()):
            table.setdefault(plain(word), []).append((field, "", round(1 - 0.005 * rank, 3)))
    for key, words in _COLUMNS.items():
        for word in words.split():
            table.setdefault(plain(word), []).append(("column", key, 0.95))
    return table


@cache
def _chinese() -> tuple[str, ...]:
    """Longer words first, so that 燈光備註 is found as both and 集合地點 before 地點."""
    return tuple(
        sorted((word for word in _table() if len(word) > 1 and not word.isascii()), key=len, reverse=True)
    )


@cache
def _kinds() -> dict[str, str]:
    return {plain(word): kind for kind, words in KINDS.items() for word in words.split()}
