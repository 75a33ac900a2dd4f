/** The field by which an examination is sent: chosen as a folder or a ZIP, or dropped. It goes to a route of the app,
 * as it is; Streamlit's own upload would hold it in memory. */
class UploadField {
  #address;
  #limit;
  #sent;
  #files = [];
  #busy = false;
  #note = element("p", { className: "notice", role: "status" });
  #bar = element("div", { className: "bar", hidden: true });
  #send;
  #root;

  constructor(root) {
    this.#root = root;
    const zip = this.#picker("A ZIP of one examination", "Choose a ZIP", { accept: ".zip" });
    const folder = this.#picker("The folder of one examination", "Choose a folder", { webkitdirectory: true });
    const words = element("p", { textContent: "Drop the folder of one examination here, or its ZIP" });
    const place = element("div", { className: "drop" }, words, element("div", { className: "ways" }, folder, zip));
    place.ondragover = (event) => {
      event.preventDefault();
      place.classList.toggle("over", !this.#busy);
    };
    place.ondragleave = () => place.classList.remove("over");
    place.ondrop = (event) => this.#drop(event, place);
    this.#send = element("button", { type: "button", className: "commit", textContent: "Upload", disabled: true });
    this.#send.onclick = () => this.#upload();
    root.replaceChildren(place, element("div", { className: "sending" }, this.#send, this.#note), this.#bar);
  }

  /** What Streamlit says, as often as it says it: where to send it, how many bytes at most, and who hears of it. */
  give({ address, limit }, sent) {
    this.#address = address;
    this.#limit = limit;
    this.#sent = sent;
  }

  #picker(name, textContent, kind) {
    const input = element("input", { type: "file", "aria-label": name, ...kind });
    input.onchange = () => {
      this.#choose(Array.from(input.files));
      input.value = "";
    };
    return element("label", { className: "picker" }, textContent, input);
  }

  async #drop(event, place) {
    event.preventDefault();
    place.classList.remove("over");
    if (this.#busy) return;
    try {
      this.#choose(await droppedFiles(event.dataTransfer));
    } catch {
      this.#say("This could not be read. Choose it with the button.", "error");
    }
  }

  #choose(files) {
    if (this.#busy) return;
    this.#files = files;
    this.#send.disabled = !files.length;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const what = files.length === 1 ? files[0].name : `${files.length} files`;
    const size = bytes < 2 ** 20 ? "less than 1 MB" : `${Math.round(bytes / 2 ** 20)} MB`;
    this.#say(files.length ? `${what}, ${size}` : "There is nothing in it.");
  }

  #say(text, colour = "") {
    Object.assign(this.#note, { textContent: text, className: `notice ${colour}` });
  }

  async #upload() {
    this.#setBusy(true);
    try {
      const zip = await zipOf(this.#files, (text) => this.#say(text));
      // The server would refuse it too, but not before much of it has gone.
      if (zip.size > this.#limit) throw new Error(`More than ${Math.round(this.#limit / 2 ** 20)} MB. Send one examination alone.`);
      const answer = await this.#post(zip);
      this.#files = [];
      this.#say("Received; see below how it goes on.", "good");
      this.#sent(answer.job);
    } catch (error) {
      this.#say(error.message, "error");
    }
    this.#setBusy(false);
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.#bar.hidden = !busy;
    this.#bar.style.setProperty("--share", "0");
    this.#root.classList.toggle("busy", busy);
    this.#send.disabled = busy || !this.#files.length;
  }

  /** fetch would not tell how much has gone. */
  #post(zip) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.upload.onprogress = ({ loaded, total }) => {
        this.#bar.style.setProperty("--share", String(loaded / total));
        this.#say(`Uploading: ${Math.round((100 * loaded) / total)} %`);
      };
      request.upload.onload = () => this.#say("Uploaded; the server looks at it…");
      request.onerror = () => reject(new Error("The upload broke off. Check the connection and send it again."));
      request.onload = () => {
        const answer = jsonOf(request.responseText);
        if (request.status < 300) resolve(answer);
        else reject(new Error(asSentence(answer.error ?? "the upload was refused; try again")));
      };
      request.open("POST", this.#address);
      request.setRequestHeader("Content-Type", "application/zip");
      request.send(zip);
    });
  }
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** By its place: Streamlit calls again with whatever changes around it. */
const FIELDS = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".upload");
  if (!FIELDS.has(root)) FIELDS.set(root, new UploadField(root));
  FIELDS.get(root).give(data, (job) => setTriggerValue("sent", job));
}
