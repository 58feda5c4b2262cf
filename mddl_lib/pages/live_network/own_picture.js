// A reader's own picture as side × side grey levels in [0, 1]: read here, in the page, and sent nowhere.
const LARGEST_FILE = 60e6; // bytes
const MOST_PIXELS = 60e6;

// Throws an Error whose message can be shown.
async function ownPicture(file, side) {
  const name = file.name || "what was dropped";
  if (!file.size) throw new Error(`${name} is empty.`);
  if (file.size > LARGEST_FILE) {
    throw new Error(`${name} has ${Math.round(file.size / 1e6)} MB: expected at most ${LARGEST_FILE / 1e6} MB.`);
  }
  if (isAnimated(new Uint8Array(await file.arrayBuffer()))) {
    throw new Error(`${name} is animated: expected a picture that stands still.`);
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${name} cannot be read as a picture: expected PNG, JPEG, WebP, GIF or what else this browser shows.`);
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Error(`${name} has ${width} × ${height} pixels: expected at most 60 million.`);
  return greyLevels(bitmap, width, height, side);
}

// The middle square, scaled; on white where the picture is transparent.
function greyLevels(source, width, height, side) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  const square = Math.min(width, height);
  context.drawImage(source, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return Float64Array.from({ length: side * side }, (_, i) => {
    const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
    return (red === green && green === blue ? red : 0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  });
}

// More than one picture in a GIF, or the chunk that says so in PNG and WebP.
function isAnimated(bytes) {
  const text = (from, length) => String.fromCharCode(...bytes.subarray(from, from + length));
  if (text(0, 4) === "GIF8") return gifPictures(bytes) > 1;
  if (text(1, 3) === "PNG") {
    for (let at = 8; at + 8 <= bytes.length; ) {
      const kind = text(at + 4, 4);
      if (kind === "acTL" || kind === "IDAT") return kind === "acTL";
      at += 12 + new DataView(bytes.buffer).getUint32(at);
    }
    return false;
  }
  return text(0, 4) === "RIFF" && text(8, 4) === "WEBP" && text(12, 4) === "VP8X" && (bytes[20] & 2) !== 0;
}

function gifPictures(bytes) {
  const table = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10]);
  let pictures = 0;
  const skipBlocks = () => {
    while (at < bytes.length && bytes[at]) at += bytes[at] + 1;
    at += 1;
  };
  while (at < bytes.length && bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      at += 2;
    } else if (bytes[at] === 0x2c) {
      pictures += 1;
      at += 11 + table(bytes[at + 9]);
    } else break;
    skipBlocks();
  }
  return pictures;
}
