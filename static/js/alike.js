// Texts as one looks for them: whatever its case and width, and whichever way a character is written. 檢覈 is 檢核.

// The first of each is what the others count as. Ways of writing that Taiwan's ministry of education lists for one
// character (dict.variants.moe.edu.tw), as they stand in run sheets.
const SAME =
  "核覈 台臺檯枱 裡裏 峰峯 群羣 線綫 麵麪 床牀 著着 證証 啟啓 妝粧 煙菸 布佈 占佔 周週 跡蹟迹 回迴 念唸 秘祕 只祇衹 雇僱 升昇 鋪舖 吃喫 唇脣 雞鷄 艷豔 濕溼 扎紮 嘆歎 污汙汚 併並并 托託 帳賬 熏燻 采採 致緻 簽籤 遊游 才纔 範范 鏽銹 蔥葱 鉤鈎 炮砲 劃畫 闊濶 衛衞 說説 閱閲 稅税 戶户 產産 強强 溫温 為爲 教敎 內内 黃黄 蹤踪 凳櫈 杯盃 蓋葢 繡綉 疊叠 樑梁 廁厠 廂厢 廚厨 撐撑";

const table = new Map(SAME.split(" ").flatMap((group) => [...group].slice(1).map((other) => [other, group[0]])));

/** A text of which two that say the same are the same. */
export const alike = (text) => [...text.normalize("NFKC").toLowerCase()].map((letter) => table.get(letter) ?? letter).join("");
