// What was picked, as it is sent: a photo upright, small enough and without a word of where it was taken; a file as it is.

const SIDE = 2048;
const QUALITY = 0.82;
const MOST_BYTES = 25 * 1024 * 1024;
const OFFICE = "application/vnd.openxmlformats-officedocument";
const FILES = { pdf: "application/pdf", csv: "text/csv", txt: "text/plain", xlsx: `${OFFICE}.spreadsheetml.sheet`, docx: `${OFFICE}.wordprocessingml.document` };

/** Why a file can't be sent, as the key of a word. */
export class UnfitError extends Error {}

/** {hash, blob, media, name, size} of a picked file. */
export async function made(file) {
  const { blob, media } = isPicture(file) ? await photoOf(file) : fileOf(file);
  const hash = await hashOf(blob);
  return { hash, blob, media, size: blob.size, name: file.name.slice(-120) };
}

export async function hashOf(blob) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const isPicture = ({ type, name }) => type.startsWith("image/") || /\.(jpe?g|png|webp|hei[cf])$/i.test(name);

function fileOf(file) {
  const media = FILES[file.name.split(".").pop().toLowerCase()];
  if (!media) throw new UnfitError("file_kind");
  if (file.size > MOST_BYTES) throw new UnfitError("file_large");
  if (!file.size) throw new UnfitError("file_empty");
  return { blob: file, media };
}

async function photoOf(file) {
  const picture = await decoded(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const paint = canvas.getContext("2d");
  // JPEG knows nothing see-through; on paper a plan is drawn on white.
  paint.fillStyle = "#fff";
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close?.();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new UnfitError("photo_unreadable");
  return { blob, media: "image/jpeg" };
}

/** Upright, as its camera was held. What one way can't open the other may: HEIC on iPhones. */
async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    return asImage(file);
  }
}

async function asImage(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return image;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new UnfitError("photo_unreadable");
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
