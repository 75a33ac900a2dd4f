/** A ZIP of files as they are, unpacked to nothing larger (.ZIP File Format Specification, PKWARE: 4.3, stored). */
const MOST_ZIPPED = 20_000;
const LARGEST_ZIPPED = 2 ** 32 - 2 ** 24;
const UTF8_NAMES = 0x0800;
/** Its time is nobody's business: midnight of 1 January 1980. */
const NO_DATE = 0x0021;

/** `files`: of each its `name` in the ZIP and its content, a Blob. `progress(done, total)` hears of each. Their content
 * stays where it lies; only its checksum is read. Throws a sentence where there are too many, or too much. */
async function zipped(files, progress = () => {}) {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  if (files.length > MOST_ZIPPED || total > LARGEST_ZIPPED) throw new Error("Too much for one upload; choose one examination alone.");
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [index, { name, blob }] of files.entries()) {
    const bytes = new TextEncoder().encode(name);
    const fields = [...headerFields(crc32(new Uint8Array(await blob.arrayBuffer())), blob.size, bytes.length)];
    const local = record([[4, 0x04034b50], ...fields]);
    parts.push(local, bytes, blob);
    // Version made by; then, behind the common fields: no comment, first disk, no attributes, where the file lies.
    const more = [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]];
    directory.push(record([[4, 0x02014b50], [2, 20], ...fields, ...more]), bytes);
    offset += local.length + bytes.length + blob.size;
    progress(index + 1, files.length);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = files.length;
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** What the local header and the directory both say of a file: version, flags, stored, time, checksum, sizes, names. */
function headerFields(crc, size, nameLength) {
  return [[2, 20], [2, UTF8_NAMES], [2, 0], [2, 0], [2, NO_DATE], [4, crc], [4, size], [4, size], [2, nameLength], [2, 0]];
}

/** Numbers of so many bytes each, little-endian. */
function record(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index += 1) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[index]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}
