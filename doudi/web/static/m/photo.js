// A photo is optional and counts for nothing. It is made small here, and drawing it anew drops where it was taken.
const SIDES = [1280, 1024, 800, 640];
const QUALITIES = [0.72, 0.6, 0.45];
const WANTED = 300 * 1024;
const MOST = 500 * 1024;

export async function shrink(file) {
  const picture = await load(file);
  let best = null;
  for (const side of SIDES) {
    for (const quality of QUALITIES) {
      const made = await draw(picture, side, quality);
      if (made.size <= WANTED) return made.arrayBuffer();
      if (made.size <= MOST && !best) best = made;
    }
    if (best) return best.arrayBuffer();
  }
  return null;
}

function load(file) {
  const address = URL.createObjectURL(file);
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error("no picture"));
    picture.src = address;
  }).finally(() => setTimeout(() => URL.revokeObjectURL(address), 0));
}

function draw(picture, side, quality) {
  const scale = Math.min(1, side / Math.max(picture.naturalWidth, picture.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
