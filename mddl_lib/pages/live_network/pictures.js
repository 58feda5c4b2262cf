// What the panels with pictures share: choosing one, also of one's own; showing grey levels and errors; sliders that say their value.

// Calls `taken` with the grey levels of the chosen image: one of the data URIs, or a file that was chosen or dropped.
function choosePictures(element, images, side, say, taken) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  const [menu, input] = [part("image"), part("file")];

  async function take(file) {
    try {
      const values = await ownPicture(file, side);
      if (menu) menu.selectedIndex = menu.options.length - 1;
      taken(values);
    } catch (error) {
      say(error.message);
    }
  }

  async function choose() {
    const index = menu ? menu.selectedIndex : 0;
    if (index >= images.length) return input.click();
    const picture = new Image();
    picture.src = images[index];
    await picture.decode();
    taken(greyLevels(picture, picture.width, picture.height, side));
  }

  if (menu) menu.addEventListener("change", choose);
  if (input) input.addEventListener("change", () => input.files.length && take(input.files[0]));
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
    else say("What was dropped is no file: expected a picture from a folder.");
  });
  choose();
}

function nameSliders(element) {
  for (const input of element.querySelectorAll("input[type=range]")) {
    const output = element.querySelector(`output[for="${input.id}"]`);
    const name = () => {
      output.textContent = input.dataset.text.replace("#", Number(input.value) / Number(input.dataset.scale));
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", name);
    name();
  }
}

// Of several numbers the nearest to one, as text.
function nearest(numbers, number) {
  return numbers.reduce((best, one) => (Math.abs(one - number) < Math.abs(best - number) ? one : best));
}

function psnr(estimate, truth) {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += (estimate[i] - truth[i]) ** 2;
  return 10 * Math.log10(truth.length / sum);
}

function inDecibels(value) {
  return Number.isFinite(value) ? `${value.toFixed(1)} dB` : "exact";
}

function grey(canvas, values) {
  paint(canvas, values.length, (pixels, at, i) => {
    pixels[at] = pixels[at + 1] = pixels[at + 2] = 255 * values[i];
  });
}

// |estimate − truth| on a scale of colours from 0 to `top`.
function coloured(canvas, estimate, truth, colours, top) {
  paint(canvas, truth.length, (pixels, at, i) => {
    const level = Math.min(1, Math.abs(estimate[i] - truth[i]) / top) * (colours.length - 1);
    const colour = colours[Math.round(level)];
    for (let channel = 0; channel < 3; channel++) pixels[at + channel] = colour[channel];
  });
}

function paint(canvas, count, set) {
  const side = Math.sqrt(count);
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d");
  const picture = context.createImageData(side, side);
  for (let i = 0; i < count; i++) {
    set(picture.data, 4 * i, i);
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}
