/** Stored values of 16 bits as gray. A window is [centre, width], in stored values. */
const STORED_VALUES = 2 ** 16;

/** What the windows of `windowsOf` are for. Values of MR have no unit, so that each series has windows of its own. */
const PRESETS = [
  "As the file says",
  "More contrast",
  "The whole range",
  "Dark tissue: discs, ligaments, bone",
  "Bright tissue: fluid and nerve roots, fat",
];
const BACKGROUND = 0.05;

/** The windows of PRESETS: the file's own, 0.6 of its width, from the darkest to the brightest value but for 1 % and
 * 0.1 %, and of the tissue (what is brighter than 5 % of that range, as air is not) the darker and the brighter part. */
function windowsOf(values, [centre, width]) {
  const counts = new Uint32Array(STORED_VALUES);
  const first = values instanceof Int16Array ? -STORED_VALUES / 2 : 0;
  for (const value of values) counts[value - first] += 1;
  const quantile = (share, from = 0) => first + quantileOf(counts, share, from);
  const [darkest, brightest] = [quantile(0.01), quantile(0.999)];
  const tissue = Math.round(darkest + BACKGROUND * (brightest - darkest)) - first;
  return [
    [centre, width],
    [centre, 0.6 * width],
    between(darkest, brightest),
    between(darkest, quantile(0.7, tissue)),
    between(quantile(0.4, tissue), brightest),
  ];
}

function between(black, white) {
  return [(black + white) / 2, Math.max(1, white - black)];
}

/** The least index up to which there is this share of all that is counted from `from` on. */
function quantileOf(counts, share, from) {
  let wanted = 0;
  for (let index = from; index < counts.length; index += 1) wanted += counts[index];
  wanted *= share;
  for (let index = from; index < counts.length; index += 1) {
    wanted -= counts[index];
    if (wanted <= 0) return index;
  }
  return from;
}

/** The pixel, as canvases have it in little-endian words, of every stored value by its 16 bits. */
function grayTable([centre, width], signed, inverted = false) {
  const table = new Uint32Array(STORED_VALUES);
  const black = centre - width / 2;
  const scale = 255 / (width || 1);
  for (let bits = 0; bits < STORED_VALUES; bits += 1) {
    const value = signed && bits >= STORED_VALUES / 2 ? bits - STORED_VALUES : bits;
    const gray = Math.round(within((value - black) * scale, 0, 255));
    table[bits] = 0xff000000 + 0x010101 * (inverted ? 255 - gray : gray);
  }
  return table;
}

/** `pixels`: the words of an ImageData; `bits`: the stored values as Uint16Array, whatever their sign. */
function fillGray(pixels, bits, table) {
  for (let index = 0; index < bits.length; index += 1) pixels[index] = table[bits[index]];
}
