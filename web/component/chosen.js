/** What somebody chose to send: a ZIP as it is, or the DICOM files of a folder, which become one.
 *
 * Files of a folder get numbers for names, because names are often patients'; what is no DICOM stays where it is.
 */
const BARE_SUFFIXES = ["", "dcm", "ima", "dicom"];
const PREAMBLE = 128;

/** A ZIP to send. `say(sentence)` hears how far it has come. Throws a sentence where there is nothing to send. */
async function zipOf(files, say) {
  if (!files.length) throw new Error("There is nothing in it. Choose the folder of one examination, or its ZIP.");
  const zips = files.filter(({ name }) => name.toLowerCase().endsWith(".zip"));
  if (zips.length === 1 && files.length === 1) return zips[0];
  say("Looking for DICOM files…");
  const found = [];
  for (const file of files) if (await isDicom(file)) found.push(file);
  if (!found.length) throw new Error("There is no DICOM file in it. Choose the folder of one examination, or its ZIP.");
  const named = found.map((blob, index) => ({ blob, name: String(index + 1).padStart(5, "0") }));
  return zipped(named, (done, total) => say(`Packing ${done} of ${total} pictures`));
}

/** As the server tells it (imaging/dicom_file.py). */
async function isDicom(file) {
  const [name] = file.name.split("/").slice(-1);
  if (name.startsWith(".") || name.toUpperCase() === "DICOMDIR") return false;
  const start = new Uint8Array(await file.slice(0, PREAMBLE + 4).arrayBuffer());
  if (String.fromCharCode(...start.slice(PREAMBLE)) === "DICM") return true;
  const group = start[0] + start[1];
  const bare = (start[0] === 0 || start[1] === 0) && (group === 2 || group === 8);
  const suffix = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
  return bare && BARE_SUFFIXES.includes(suffix);
}

/** All files that were dropped, those in folders too. */
async function droppedFiles(transfer) {
  // Taken at once: after the first pause the browser has forgotten them.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return Array.from(transfer.files);
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const inside = [];
  // It gives at most a hundred each time.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}
