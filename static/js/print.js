// The button that prints: the browser's own dialog makes the PDF.

const button = document.querySelector("[data-print-now]");
button.hidden = false;
button.addEventListener("click", () => print());
