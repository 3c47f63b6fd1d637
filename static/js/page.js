// What the document says of itself, in data-* of <body>.

const { dataset } = document.body;

export const page = {
  event: dataset.event ?? "",
  zone: dataset.zone ?? "UTC",
  dayChange: Number(dataset.dayChange ?? 21_600),
  build: dataset.build ?? "",
  view: dataset.view ?? "",
  lens: dataset.lens ?? "",
  locale: document.documentElement.lang,
  get epoch() {
    return document.body.dataset.epoch;
  },
  get directory() {
    return Number(document.body.dataset.directory);
  },
  get head() {
    return Number(document.body.dataset.head);
  },
};
