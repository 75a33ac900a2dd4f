/** A ZIP goes to a route of the app, as it is; Streamlit's own upload would hold it in memory. */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".upload");
  const note = element("p", { className: "notice", role: "status" });
  const file = element("input", { type: "file", accept: ".zip", "aria-label": "A ZIP of one examination" });
  const send = element("button", { type: "button", textContent: "Upload", disabled: true });
  const say = (text, colour = "") => Object.assign(note, { textContent: text, className: `notice ${colour}` });
  file.onchange = () => {
    send.disabled = !file.files.length;
    say("");
  };
  send.onclick = () => {
    const request = new XMLHttpRequest();
    send.disabled = true;
    request.upload.onprogress = ({ loaded, total }) => say(`${Math.round((100 * loaded) / total)} % sent`);
    request.onerror = () => say("The server does not answer. Try again.", "error");
    request.onload = () => {
      const answer = JSON.parse(request.responseText || "{}");
      if (request.status >= 300) return say(answer.error ?? "The upload was refused.", "error");
      file.value = "";
      say("Received; see below how it goes on.", "good");
      setTriggerValue("sent", answer.job);
    };
    request.onloadend = () => (send.disabled = !file.files.length);
    request.open("POST", data.address);
    request.setRequestHeader("Content-Type", "application/zip");
    request.send(file.files[0]);
  };
  root.replaceChildren(file, send, note);
}
